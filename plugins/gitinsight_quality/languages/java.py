"""Java, counted as lizard 1.24 does: lambdas belong to the method around them."""

from gitinsight_quality.languages import THIS, Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_java",
    starts_at_name=True,
    counts_recursion=False,
    cohesion=Cohesion(THIS, bare_names=True),
    query="""
[(method_declaration body: (_)) (constructor_declaration)] @function
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)] @class
(annotation_type_declaration) @scope
(object_creation_expression (class_body) @scope)
(field_declaration declarator: (variable_declarator name: (identifier) @field))
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @field)))

["if" "for" "while" "catch" "case"] @decision
(ternary_expression) @decision @branch
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
"else" @else
[(break_statement (identifier)) (continue_statement (identifier))] @jump
(lambda_expression) @lambda

[(if_statement) (for_statement) (enhanced_for_statement) (while_statement) (do_statement)
 (switch_expression) (catch_clause)] @nest
(if_statement alternative: (if_statement) @flat)

(if_statement condition: (_) @condition alternative: (if_statement condition: (_) @condition))
(catch_clause body: (block . "{" . "}" .)) @smell.empty-handler

[(line_comment) (block_comment)] @comment
""",
)
