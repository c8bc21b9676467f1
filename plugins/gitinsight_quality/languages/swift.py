"""Swift: branches, ``guard``, loops, ``case``, ``catch``, ``where`` and ``??`` are decisions."""

import re

from gitinsight_quality.languages import Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_swift",
    counts_recursion=False,
    joins_holder=True,
    cohesion=Cohesion(
        (re.compile(rb"self(?<!\wself)\??\.(\w+)"),), frozenset({"init", "deinit"}), bare_names=True
    ),
    query="""
[(function_declaration body: (_)) (init_declaration body: (_)) (deinit_declaration body: (_))
 (computed_getter) (computed_setter) (computed_property (statements))] @function
[(property_declaration computed_value: (_)) (subscript_declaration)] @holder
(class_declaration) @class
(protocol_declaration) @scope
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @field)))

["if" "guard" "for" "while" "case" "??"] @decision
(catch_keyword) @decision
(where_keyword) @decision
(enum_entry "case" @decision.less)
(ternary_expression) @decision @branch
(conjunction_expression) @and
(disjunction_expression) @or
(else) @else
(lambda_literal) @lambda

[(if_statement) (for_statement) (while_statement) (repeat_while_statement)
 (switch_statement) (catch_block)] @nest
(guard_statement) @switch
((else) . (if_statement) @flat)

[(comment) (multiline_comment)] @comment
""",
)
