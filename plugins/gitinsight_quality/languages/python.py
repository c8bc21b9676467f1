"""Python, counted as radon 6.0.1 does by default.

Radon looks at a function's body only: decorators, defaults and annotations add nothing, and neither
does what an ``assert`` holds beyond the assertion itself. Closures and local classes are apart from
the function around them. A case that matches everything is the ``else`` of its ``match``.
"""

import re

from gitinsight_quality.languages import Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_python",
    lists_closures=False,
    cohesion=Cohesion(
        (re.compile(rb"(?:s(?<!\ws)elf|c(?<!\wc)ls)\.(\w+)"),),
        frozenset({"__init__", "__new__", "__del__", "__post_init__"}),
        needs_receiver=re.compile(rb"\(\s*(?:self|cls)\b"),
    ),
    query="""
(function_definition) @function
(class_definition) @class
(lambda) @lambda

[(if_statement) (elif_clause) (conditional_expression) (for_statement) (while_statement)
 (for_in_clause) (except_clause) (case_clause)] @decision
(assert_statement) @decision.alone
(boolean_operator "and") @and
(boolean_operator "or") @or
(conditional_expression) @branch
(elif_clause) @else
[(if_statement) (for_statement) (while_statement)] @nest
(if_statement alternative: (else_clause) @else)
(for_statement alternative: (else_clause) @else)
(while_statement alternative: (else_clause) @else)
(if_statement condition: (_) @condition alternative: (elif_clause condition: (_) @condition))

(for_statement alternative: (else_clause) @decision)
(while_statement alternative: (else_clause) @decision)
(try_statement (else_clause) @decision)
[(list_comprehension (if_clause) @decision) (set_comprehension (if_clause) @decision)
 (dictionary_comprehension (if_clause) @decision) (generator_expression (if_clause) @decision)]
(case_clause . (case_pattern "_") . (block)) @decision.less
(case_clause . (case_pattern (dotted_name . (identifier) .)) . (block)) @decision.less

[(decorator) (parameters)] @shield
(function_definition return_type: (_) @shield)

[(except_clause) (match_statement)] @nest

(except_clause . (block . (pass_statement) .)) @smell.swallowed-error
(except_clause value: (identifier) @_broad (block . (pass_statement) .)
  (#any-of? @_broad "Exception" "BaseException")) @smell.swallowed-error
(default_parameter value: [(list) (dictionary) (set)]) @smell.mutable-default
(typed_default_parameter value: [(list) (dictionary) (set)]) @smell.mutable-default
(assert_statement . (tuple (_))) @smell.assert-on-tuple

(comment) @comment
(expression_statement . (string) @comment .)
""",
)
