"""C, counted as lizard 1.24 does: ``#if``, ``#ifdef`` and ``#elif`` within a function are decisions."""

from gitinsight_quality.languages import Grammar

DECISIONS = """
["if" "for" "while" "case" "#if" "#ifdef" "#elif"] @decision
(conditional_expression) @decision @branch
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
["else" "#else" "#elif"] @else
(goto_statement) @jump
[(preproc_if) (preproc_ifdef)] @branch

(preproc_if condition: (_) @shield)
(preproc_elif condition: (_) @shield)

[(if_statement) (for_statement) (while_statement) (do_statement) (switch_statement)] @nest
(else_clause (if_statement) @flat)

(if_statement condition: (_) @condition
  alternative: (else_clause (if_statement condition: (_) @condition)))

(comment) @comment
"""

GRAMMAR = Grammar(
    package="tree_sitter_c",
    starts_at_name=True,
    query="(function_definition body: (_)) @function\n" + DECISIONS,
)
