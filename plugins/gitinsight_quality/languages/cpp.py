"""C++, counted as lizard 1.24 does: as C with ``catch``; lambdas belong to the function around them."""

from gitinsight_quality.languages import Grammar
from gitinsight_quality.languages.c import DECISIONS

GRAMMAR = Grammar(
    package="tree_sitter_cpp",
    starts_at_name=True,
    separator="::",
    counts_recursion=False,
    query=DECISIONS
    + """
(function_definition body: (_)) @function
[(class_specifier) (struct_specifier) (union_specifier)] @class
(namespace_definition) @scope
(lambda_expression) @lambda
"catch" @decision
[(for_range_loop) (catch_clause)] @nest
(catch_clause body: (compound_statement . "{" . "}" .)) @smell.empty-handler
""",
)
