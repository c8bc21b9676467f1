"""Python, counted as radon 6.0.1 does by default.

Radon looks at a function's body only: decorators, defaults and annotations add nothing, and neither
does what an ``assert`` holds beyond the assertion itself. Closures and local classes are apart from
the function around them. A case that matches everything is the ``else`` of its ``match``.
"""

from gitinsight_quality.languages import Grammar

GRAMMAR = Grammar(
    package="tree_sitter_python",
    lists_closures=False,
    query="""
(function_definition) @function
(class_definition) @scope

[(if_statement) (elif_clause) (conditional_expression) (for_statement) (while_statement)
 (for_in_clause) (except_clause) (case_clause) (boolean_operator) (assert_statement)] @decision
(for_statement alternative: (else_clause) @decision)
(while_statement alternative: (else_clause) @decision)
(try_statement (else_clause) @decision)
[(list_comprehension (if_clause) @decision) (set_comprehension (if_clause) @decision)
 (dictionary_comprehension (if_clause) @decision) (generator_expression (if_clause) @decision)]
(case_clause . (case_pattern "_") . (block)) @decision.less
(case_clause . (case_pattern (dotted_name . (identifier) .)) . (block)) @decision.less

[(decorator) (parameters) (assert_statement)] @shield
(function_definition return_type: (_) @shield)

[(if_statement) (for_statement) (while_statement) (except_clause) (match_statement)] @nest

(comment) @comment
(expression_statement . (string) @comment .)
""",
)
