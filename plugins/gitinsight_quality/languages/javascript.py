"""JavaScript, counted as lizard 1.24 does: default values of parameters and patterns are decisions."""

from gitinsight_quality.languages import THIS, Cohesion, Grammar

FUNCTIONS = """
[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function_declaration) (generator_function)] @function
[(class_declaration) (class)] @class
(variable_declarator value: [(function_expression) (arrow_function) (generator_function)]) @holder
(pair value: [(function_expression) (arrow_function) (generator_function)]) @holder
(assignment_expression right: [(function_expression) (arrow_function) (generator_function)]) @holder
"""

DECISIONS = """
["if" "for" "while" "catch" "case" "??" "&&=" "||=" "??="] @decision
[(assignment_pattern) (object_assignment_pattern)] @decision
(ternary_expression) @decision @branch
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
"else" @else
[(break_statement label: (_)) (continue_statement label: (_))] @jump

[(if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement)
 (switch_statement) (catch_clause)] @nest
(else_clause (if_statement) @flat)

(if_statement condition: (_) @condition
  alternative: (else_clause (if_statement condition: (_) @condition)))
(catch_clause body: (statement_block . "{" . "}" .)) @smell.empty-handler

(comment) @comment
"""

COHESION = Cohesion(THIS, frozenset({"constructor"}))

GRAMMAR = Grammar(
    package="tree_sitter_javascript",
    cohesion=COHESION,
    query=FUNCTIONS
    + "(field_definition value: [(function_expression) (arrow_function)]) @holder\n"
    + DECISIONS,
)
