"""PHP: as C with ``foreach``, ``catch``, ``??`` and each arm of a ``match``; closures belong to their function."""

import re

from gitinsight_quality.languages import Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_php",
    entry="language_php",
    separator="::",
    cohesion=Cohesion(
        (
            re.compile(rb"\$this\??->(\w+)"),
            re.compile(rb"::(?:(?<=\bself::)|(?<=\bstatic::))\$?(\w+)"),
        ),
        frozenset({"__construct", "__destruct"}),
    ),
    query="""
[(function_definition) (method_declaration body: (_))] @function
[(class_declaration) (trait_declaration) (enum_declaration) (interface_declaration)] @class
(object_creation_expression (anonymous_class) @scope)

[(if_statement) (else_if_clause) (for_statement) (foreach_statement) (while_statement) (do_statement)
 (case_statement) (catch_clause) (match_conditional_expression)] @decision
["??" "??="] @decision
(binary_expression operator: ["&&" "and"]) @and
(binary_expression operator: ["||" "or"]) @or
(binary_expression operator: "xor" @decision)
(conditional_expression) @decision @branch
[(else_clause) (else_if_clause)] @else
[(goto_statement) (break_statement (integer)) (continue_statement (integer))] @jump
[(anonymous_function) (arrow_function)] @lambda

[(if_statement) (for_statement) (foreach_statement) (while_statement) (do_statement) (switch_statement)
 (match_expression) (catch_clause)] @nest
(else_clause body: (if_statement) @flat)

(if_statement condition: (_) @condition alternative: (else_if_clause condition: (_) @condition))
(if_statement condition: (_) @condition
  alternative: (else_clause body: (if_statement condition: (_) @condition)))
(catch_clause body: (compound_statement . "{" . "}" .)) @smell.empty-handler

(comment) @comment
""",
)
