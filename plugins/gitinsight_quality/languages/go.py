"""Go, counted as lizard 1.24 does: a function literal is a function of its own."""

from gitinsight_quality.languages import Grammar

GRAMMAR = Grammar(
    package="tree_sitter_go",
    query="""
[(function_declaration body: (_)) (method_declaration body: (_)) (func_literal)] @function
(var_spec value: (expression_list . (func_literal) .)) @holder

["if" "for" "case"] @decision
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
"else" @else
[(goto_statement) (break_statement (label_name)) (continue_statement (label_name))] @jump

[(if_statement) (for_statement) (expression_switch_statement) (type_switch_statement)
 (select_statement)] @nest
(if_statement alternative: (if_statement) @flat)

(if_statement condition: (_) @condition alternative: (if_statement condition: (_) @condition))

(comment) @comment
""",
)
