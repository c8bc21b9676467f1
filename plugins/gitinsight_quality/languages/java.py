"""Java, counted as lizard 1.24 does: lambdas belong to the method around them."""

from gitinsight_quality.languages import Grammar

GRAMMAR = Grammar(
    package="tree_sitter_java",
    starts_at_name=True,
    query="""
[(method_declaration body: (_)) (constructor_declaration)] @function
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)
 (annotation_type_declaration)] @scope
(object_creation_expression (class_body) @scope)

["if" "for" "while" "catch" "case" "&&" "||"] @decision
(ternary_expression) @decision

[(if_statement) (for_statement) (enhanced_for_statement) (while_statement) (do_statement)
 (switch_expression) (catch_clause)] @nest
(if_statement alternative: (if_statement) @flat)

[(line_comment) (block_comment)] @comment
""",
)
