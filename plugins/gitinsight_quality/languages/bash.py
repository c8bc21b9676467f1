"""Shell (Bash): branches, loops, items of a ``case``, ``&&`` and ``||`` are decisions."""

from gitinsight_quality.languages import Grammar

GRAMMAR = Grammar(
    package="tree_sitter_bash",
    counts_recursion=False,
    query="""
(function_definition) @function

[(if_statement) (elif_clause) (for_statement) (c_style_for_statement) (while_statement)
 (case_item)] @decision
(ternary_expression) @decision @branch
(list "&&") @and
(list "||") @or
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
[(else_clause) (elif_clause)] @else

[(if_statement) (for_statement) (c_style_for_statement) (while_statement) (case_statement)] @nest

(comment) @comment
""",
)
