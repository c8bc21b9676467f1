"""Rust: branches, loops, ``?``, ``let ... else`` and each arm of a ``match`` beyond the first.

These are the decisions of lizard 1.24, without its ``where`` (a bound on a type, not a branch).
"""

from gitinsight_quality.languages import Grammar

GRAMMAR = Grammar(
    package="tree_sitter_rust",
    separator="::",
    query="""
(function_item body: (_)) @function
[(impl_item) (trait_item) (mod_item)] @scope

[(if_expression) (for_expression) (while_expression) (try_expression) (match_arm)] @decision
(match_expression) @decision.less
(let_declaration alternative: (_)) @decision
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
(let_chain "&&" @decision)
(match_pattern condition: (_)) @decision

[(if_expression) (for_expression) (while_expression) (loop_expression) (match_expression)] @nest
(else_clause (if_expression) @flat)

"else" @else
[(break_expression (label)) (continue_expression (label))] @jump
(closure_expression) @lambda
(if_expression condition: (_) @condition
  alternative: (else_clause (if_expression condition: (_) @condition)))

[(line_comment) (block_comment)] @comment
""",
)
