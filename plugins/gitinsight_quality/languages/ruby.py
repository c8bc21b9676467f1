"""Ruby: branches, modifiers, loops, ``when``, ``in`` and ``rescue`` are decisions, blocks belong to their method."""

import re

from gitinsight_quality.languages import Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_ruby",
    counts_recursion=False,
    cohesion=Cohesion(
        (re.compile(rb"@([A-Za-z_]\w*)"), re.compile(rb"self(?<![\w@]self)\.([A-Za-z_]\w*[?!]?)")),
        frozenset({"initialize"}),
        bare_names=True,
    ),
    query="""
[(method) (singleton_method)] @function
[(class) (singleton_class)] @class
(module) @scope

[(if) (elsif) (unless) (while) (until) (for) (when) (in_clause) (rescue) (conditional) (if_modifier)
 (unless_modifier) (while_modifier) (until_modifier) (rescue_modifier) (if_guard) (unless_guard)] @decision
["||=" "&&="] @decision
(binary operator: ["&&" "and"]) @and
(binary operator: ["||" "or"]) @or
(elsif) @else
(else) @else
[(conditional) (if_modifier) (unless_modifier) (while_modifier) (until_modifier) (rescue_modifier)] @branch
[(lambda) (do_block) (block)] @lambda

[(if) (unless) (while) (until) (for) (rescue)] @nest
[(case) (case_match)] @switch

(if condition: (_) @condition)
(elsif condition: (_) @condition)

(comment) @comment
""",
)
