"""What lizard measures, measured by our parser: functions with cyclomatic complexity, lines and parameters, no more.

The same query runs without the captures that serve our other figures, and nothing looks at classes,
cognitive complexity's recursion or smells. So the two tools are compared on the same work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Query, QueryCursor

from gitinsight_quality.functions import MAX_OPEN_MATCHES, Function
from gitinsight_quality.languages import load
from gitinsight_quality.lines import Lines, count_lines
from gitinsight_quality.sweep import Sweep
from gitinsight_quality.trees import tree_of

_KEPT = (
    *("function", "class", "scope", "holder", "shield", "comment"),
    *("decision", "decision.alone", "decision.less", "and", "or"),
)


def reader(language: str, deadline: float) -> Callable[[bytes], tuple[list[Function], Lines]]:
    """A function from a text to its functions and lines, until a time of ``time.monotonic``; it may raise ParsingFailed."""
    loaded = load(language)
    grammar = replace(loaded.grammar, counts_recursion=False)
    compiled = loaded.parser.language
    assert compiled is not None
    query = Query(compiled, grammar.query)
    for name in {query.capture_name(index) for index in range(query.capture_count)}.difference(_KEPT):
        query.disable_capture(name)

    def read(content: bytes) -> tuple[list[Function], Lines]:
        tree = tree_of(content, loaded, deadline)
        captures = QueryCursor(query, match_limit=MAX_OPEN_MATCHES).captures(tree.root_node)
        comments = sorted((node.start_byte, node.end_byte) for node in captures.pop("comment", ()))
        sweep = Sweep(grammar, content, deadline)
        sweep.run(captures)
        return sweep.functions, count_lines(content, comments)

    return read
