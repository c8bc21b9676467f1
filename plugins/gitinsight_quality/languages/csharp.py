"""C#, counted as Java is: each ``case`` and arm is a decision, and so is ``??``."""

from gitinsight_quality.languages import THIS, Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_c_sharp",
    starts_at_name=True,
    joins_holder=True,
    counts_recursion=False,
    cohesion=Cohesion(THIS, bare_names=True),
    query="""
[(method_declaration body: (_)) (constructor_declaration body: (_)) (destructor_declaration body: (_))
 (operator_declaration body: (_)) (conversion_operator_declaration body: (_))
 (accessor_declaration body: (_)) (local_function_statement body: (_))] @function
[(property_declaration) (indexer_declaration)] @holder
[(class_declaration) (struct_declaration) (record_declaration) (interface_declaration)] @class
[(namespace_declaration) (enum_declaration)] @scope
(field_declaration (variable_declaration (variable_declarator name: (identifier) @field)))
(property_declaration name: (identifier) @field)

["if" "for" "foreach" "while" "catch" "case" "??" "??="] @decision
(switch_expression_arm) @decision
(switch_expression) @decision.less
(conditional_expression) @decision @branch
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
"else" @else
(goto_statement) @jump
[(lambda_expression) (anonymous_method_expression)] @lambda

[(if_statement) (for_statement) (foreach_statement) (while_statement) (do_statement)
 (switch_statement) (switch_expression) (catch_clause)] @nest
(if_statement alternative: (if_statement) @flat)

(if_statement condition: (_) @condition alternative: (if_statement condition: (_) @condition))
(catch_clause body: (block . "{" . "}" .)) @smell.empty-handler

(comment) @comment
""",
)
