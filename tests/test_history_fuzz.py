"""Whatever bytes git prints or a commit holds: the parsers give rows or SourceDamaged, and lose nothing."""

from __future__ import annotations

import encodings.aliases
from collections.abc import Sequence

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitinsight.errors import SourceDamaged
from gitinsight.git import headers, numstat
from gitinsight.git.headers import RAW_COMMITS
from gitinsight.git.log import RAW_CHANGES
from gitinsight.git.rawcommit import MAX_MESSAGE_BYTES, parse

Counts = tuple[int, int] | None
File = tuple[Counts, bytes | None, bytes]
"""Added and deleted lines (None for a binary file), the old name where it was renamed, the name."""

quick = settings(max_examples=200, derandomize=True, deadline=None, database=None)
names = st.one_of(
    st.binary(min_size=1, max_size=12).map(lambda name: name.replace(b"\0", b"\xff")),
    st.text("ab\t\n-0é\ud7ff \x7f", min_size=1, max_size=6).map(str.encode),
    st.sampled_from([b"1\t2\tx", b"-\t-\t", b"a" * 40, b"\t", b"\n", b"\xed\xa0\x80"]),
)
numbers = st.one_of(st.integers(0, 9), st.integers(0, 2**63 - 1))
files = st.tuples(st.none() | st.tuples(numbers, numbers), st.none() | names, names)
commits = st.text("0123456789abcdef", min_size=40, max_size=40)
histories = st.dictionaries(commits, st.lists(files, max_size=5), max_size=5)


def printed(history: dict[str, list[File]]) -> bytes:
    """As ``git diff-tree --stdin -z --numstat`` prints it."""
    out = []
    for commit, changed in history.items():
        out.append(b"%s\0" % commit.encode())
        for counts, old, name in changed:
            numbers = b"-\t-" if counts is None else b"%d\t%d" % counts
            out.append(numbers + (b"\t%s\0" % name if old is None else b"\t\0%s\0%s\0" % (old, name)))
    return b"".join(out)


def printed_again(frame: pl.DataFrame, order: Sequence[str]) -> bytes:
    """What git must have printed for these rows."""
    history: dict[str, list[File]] = {commit: [] for commit in order}
    for row in frame.rows(named=True):
        name = row["path"].encode() if row["path_bytes"] is None else row["path_bytes"]
        old = None if row["old_path"] is None else row["old_path"].encode()
        counts = None if row["added"] is None else (row["added"], row["deleted"])
        history[row["commit"]].append((counts, old, name))
    return printed(history)


@quick
@given(histories)
def test_what_git_prints_is_read_and_can_be_printed_again(history: dict[str, list[File]]) -> None:
    frame = numstat._frame(printed(history), list(history))

    # Of old names that are not UTF-8 only the text is kept.
    kept = {
        commit: [
            (counts, old and old.decode("utf-8", "replace").encode(), name) for counts, old, name in changed
        ]
        for commit, changed in history.items()
    }
    assert frame.schema == RAW_CHANGES
    assert printed_again(frame, list(history)) == printed(kept)
    for name, raw in frame.select("path", "path_bytes").rows():
        assert raw is None or raw.decode("utf-8", "replace") == name


words = st.sampled_from([b"", b"\0", b"\t", b"-", b"0", b"7", b"00", b"+1", b"\0\0", b"\n", b"x", b"9" * 30])


@quick
@given(
    histories,
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), words | st.binary(max_size=4)), max_size=3),
)
@example({"a" * 40: []}, [(0.0, 0, b"1\t2\tfile before any commit\0")])
@example({"a" * 40: []}, [(1.0, 0, b"1\t2\t\0only the old name\0")])
@example({"a" * 40: []}, [(1.0, 0, b"1\t2\t\0\0no old name\0")])
@example({"a" * 40: []}, [(1.0, 0, b"1\t-\thalf a binary file\0")])
@example({"a" * 40: []}, [(1.0, 0, b"1\tname and no second number\0")])
@example({"a" * 40: []}, [(1.0, 0, b"1\t2\tcut")])
@example({"a" * 40: []}, [(1.0, 0, b"1\t\xff\tno number\0")])
@example({"a" * 40: []}, [(0.0, 41, b"")])
def test_what_git_does_not_print_is_told_or_kept(
    history: dict[str, list[File]], edits: list[tuple[float, int, bytes]]
) -> None:
    text = printed(history)
    for place, cut, put in edits:
        start = int(place * len(text))
        text = text[:start] + put + text[start + cut :]
    try:
        frame = numstat._frame(text, list(history))
    except SourceDamaged:
        return

    if not frame["old_path"].str.contains("\ufffd", literal=True).any():
        assert printed_again(frame, list(history)) == text


@quick
@given(st.binary(max_size=60))
def test_no_bytes_at_all_crash_the_parser_of_changes(text: bytes) -> None:
    try:
        frame = numstat._frame(text, [])
    except SourceDamaged:
        return

    assert text == b""
    assert frame.is_empty()


def read(*contents: bytes) -> pl.DataFrame:
    return headers._frame([parse("a" * 40, content) for content in contents])


lines = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"", b" ", b"<", b">", b"A <a@x> 5 +0100", b"A <a@x> -99999999999 -2147483648", b"\0", b"\xff"]
    ),
    st.text("<> +-0957aé\t\r", max_size=20).map(str.encode),
)
keys = st.sampled_from([b"tree", b"parent", b"author", b"committer", b"encoding", b"gpgsig", b"", b"x"])
known = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "idna", "undefined", "mbcs"})
fields = st.one_of(
    st.tuples(keys, lines).map(b" ".join),
    st.sampled_from(known).map(lambda name: b"encoding " + name.encode()),
    lines,
)
objects = st.one_of(
    st.binary(max_size=200),
    st.tuples(st.lists(fields, max_size=8).map(b"\n".join), lines, lines).map(b"\n\n".join),
)


@quick
@given(st.lists(objects, min_size=1, max_size=4))
def test_every_commit_object_gives_a_row(contents: list[bytes]) -> None:
    frame = read(*contents)

    assert frame.schema == RAW_COMMITS
    assert frame.height == len(contents)
    assert frame.drop("parents", "commit").null_count().row(0) == (0,) * 10
    for row in frame.select("subject", "author_name_raw", "author_email_raw").rows():
        assert not any(set("\0\n") & set(text) for text in row)


@quick
@given(st.sampled_from(known), st.binary(max_size=60))
def test_every_encoding_gives_a_row(name: str, text: bytes) -> None:
    content = b"tree x\nauthor %s <a@x> 5 +0000\nencoding %s\n\n%s" % (text, name.encode(), text)

    assert read(content).height == 1


def test_a_letter_at_the_limit_of_a_message_is_left_out() -> None:
    letters = MAX_MESSAGE_BYTES // 3
    content = b"tree x\nencoding %s\n\n" + "✓".encode() * (letters + 5)

    for encoding in (b"UTF-8", b"ASCII"):
        assert read(content % encoding)["subject"].to_list() == ["✓" * letters]
