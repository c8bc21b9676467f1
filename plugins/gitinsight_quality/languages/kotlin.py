"""Kotlin: branches, loops, entries of a ``when`` other than ``else``, ``catch`` and ``?:`` are decisions."""

from gitinsight_quality.languages import THIS, Cohesion, Grammar

GRAMMAR = Grammar(
    package="tree_sitter_kotlin",
    counts_recursion=False,
    joins_holder=True,
    cohesion=Cohesion(THIS, frozenset({"constructor", "init"}), bare_names=True),
    query="""
[(function_declaration (function_body)) (secondary_constructor (block)) (anonymous_initializer)
 (getter (function_body)) (setter (function_body))] @function
[(property_declaration (getter)) (property_declaration (setter))] @holder
[(class_declaration) (object_declaration)] @class
(companion_object) @scope
(class_body (property_declaration (variable_declaration (identifier) @field)))
(class_parameter ["val" "var"] (identifier) @field)

["if" "for" "while" "catch" "?:"] @decision
(when_entry) @decision
(when_entry "else") @decision.less
(binary_expression operator: "&&") @and
(binary_expression operator: "||") @or
"else" @else
(lambda_literal) @lambda

[(if_expression) (for_statement) (while_statement) (do_while_statement) (catch_block)] @nest
(when_expression) @switch
("else" . (if_expression) @flat)

(if_expression condition: (_) @condition)
(catch_block (block . "{" . "}" .)) @smell.empty-handler

[(line_comment) (block_comment)] @comment
""",
)
