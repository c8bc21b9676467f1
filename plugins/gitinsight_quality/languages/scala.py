"""Scala: branches, loops, guards, each ``case`` and ``catch`` are decisions."""

from gitinsight_quality.languages import THIS, Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_scala",
    counts_recursion=False,
    cohesion=Cohesion(THIS, frozenset({"this"}), bare_names=True),
    query="""
(function_definition body: (_)) @function
[(class_definition) (object_definition) (trait_definition) (enum_definition)] @class
(template_body (val_definition pattern: (identifier) @field))
(template_body (var_definition pattern: (identifier) @field))
(class_parameter name: (identifier) @field)

["if" "for" "while"] @decision
(case_clause) @decision
(infix_expression operator: (operator_identifier) @_and (#eq? @_and "&&")) @and
(infix_expression operator: (operator_identifier) @_or (#eq? @_or "||")) @or
"else" @else
(lambda_expression) @lambda

[(if_expression) (for_expression) (while_expression) (do_while_expression) (match_expression)
 (catch_clause)] @nest
(if_expression alternative: (if_expression) @flat)

(if_expression condition: (_) @condition alternative: (if_expression condition: (_) @condition))

[(comment) (block_comment)] @comment
""",
)
