"""Commit headers and messages as a frame, read raw by one ``git cat-file --batch`` process.

Raw objects rather than ``git log --format``: a missing commit is told by its id, author lines that git
prints as empty keep what can be read of them, and decoding is ours. Everything that can be is done in
columns by Polars.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import itertools
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.damage import damaged, missing

Progress = Callable[[int, int], None]

RAW_COMMITS = schema_of(columns.RAW_COMMITS, pl)

MAX_MESSAGE_BYTES = 1 << 20
"""What is kept of a message: a bomb must not fill the memory of everything that reads history."""

_CHUNK_BYTES = 4 << 20
_EARLIEST = -2_208_988_800  # 1900-01-01
_LATEST = 7_258_118_400  # 2200-01-01
_BLANK = r"[ \t\r]*"
_ASCII_BASED = re.compile(
    r"(utf-8|ascii|iso8859|iso2022|cp\d|koi8|mac|big5|gb|hz|euc|shift_jis|johab|tis-620)"
)
_NAME_AND_EMAIL = "^([^<]*)<([^>]*)>"
_GITS_TIME = rf"^.*>{_BLANK}(?P<seconds>[0-9]+){_BLANK}(?P<zone>[+-][0-9]+)"
"""As git reads it: digits and an offset after the last ``>``."""
_OTHER_TIME = r"(?:^|[\s>])(?P<seconds>-?[0-9]+)(?:[ \t]+(?P<zone>[+-][0-9]+))?\s*$"
"""What counts where git reads none: a number at the end."""
_SAMPLE = b"Ann <ann@x> 09"
_PARENT = b"parent "
_RawCommit = tuple[str, list[str], str, str, str]


def ignore_progress(done: int, total: int) -> None:
    """The progress callback of those who do not look."""


def read_commits(git_dir: Path, commits: Sequence[str], progress: Progress = ignore_progress) -> pl.DataFrame:
    """All rows that ``stream_commits`` gives; ``progress(done, total)`` counts commits."""
    frames = [RAW_COMMITS.to_frame()]
    done = 0
    for frame in stream_commits(git_dir, commits):
        frames.append(frame)
        done += frame.height
        progress(done, len(commits))
    return pl.concat(frames)


def stream_commits(git_dir: Path, commits: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The commits' rows in the order given, with the columns of ``RAW_COMMITS``, a few megabytes at a time.

    Text is decoded by the commit's own encoding header, else as UTF-8, with U+FFFD for what is
    neither; people are without the white space around them. A time that cannot be read, or lies
    outside the years 1900 to 2199, is taken from the commit's other time, else is 1970; an offset of
    more than a day is 0. Raises SourceDamaged with the name of a commit that is missing or broken.
    """
    for rows in _chunks(_raw_commits(git_dir, commits)):
        yield _frame(rows)


def _raw_commits(git_dir: Path, commits: Sequence[str]) -> Iterator[_RawCommit]:
    """The parsed objects, in the order asked for; git reads the ids from a file, so no pipe can block."""
    with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as complaints:
        wanted.write("".join(f"{commit}\n" for commit in commits).encode())
        wanted.seek(0)
        process = command.start(git_dir, "cat-file", "--batch", "--buffer", stdin=wanted, stderr=complaints)
        try:
            with _wide_reader(process) as stream:
                for commit in commits:
                    content = _read_object(stream, commit)
                    if content is None:
                        process.wait()
                        complaints.seek(0)
                        raise damaged(complaints.read(), near=commit)
                    yield _parse(commit, content)
        finally:
            command.end(process)


def _wide_reader(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """The process's output through a buffer that saves system calls."""
    assert process.stdout is not None
    return open(process.stdout.fileno(), "rb", buffering=1 << 20, closefd=False)


def _read_object(stream: IO[bytes], commit: str) -> bytes | None:
    """The next object's bytes; None where git stopped before its end."""
    header = stream.readline()
    if header.endswith(b" missing\n"):
        raise missing(commit)
    if not header.endswith(b"\n"):
        return None
    _, kind, size = header.split()
    content = stream.read(int(size) + 1)
    if len(content) <= int(size):
        return None
    if kind != b"commit":
        raise SourceDamaged(f"The object {commit} is not a commit.", object=commit)
    return content[:-1]


def _parse(commit: str, content: bytes) -> _RawCommit:
    """The id, parents, author line, committer line and message of a commit object.

    As in git, parents stand directly after the tree, and of several authors the last one counts.
    """
    header, _, message = content.partition(b"\n\n")
    lines = header.split(b"\n")
    parents = [
        line.removeprefix(_PARENT).decode("ascii", "replace")
        for line in itertools.takewhile(lambda line: line.startswith(_PARENT), lines[1:])
    ]
    author = committer = encoding = b""
    for line in lines[1 + len(parents) :]:
        key, _, value = line.partition(b" ")
        if key == b"author":
            author = value
        elif key == b"committer":
            committer = value
        elif key == b"encoding":
            encoding = encoding or value
    return commit, parents, *_texts(_codec(encoding), author, committer, message)


def _texts(codec: str, author: bytes, committer: bytes, message: bytes) -> tuple[str, str, str]:
    """The three as text, the message up to its limit.

    A header that names the wrong encoding is common: as in git, it counts only where all is in it.
    """
    for name, errors in ((codec, "strict"), ("utf-8", "replace")):
        with contextlib.suppress(UnicodeDecodeError):
            people = (author.decode(name, errors), committer.decode(name, errors))
            return *people, _beginning(message, name, errors)
    raise AssertionError("Nothing is an error to the last one.")


def _beginning(message: bytes, codec: str, errors: str) -> str:
    """The message up to its limit; a letter that this would cut is left out."""
    if len(message) <= MAX_MESSAGE_BYTES:
        return message.decode(codec, errors)
    return codecs.getincrementaldecoder(codec)(errors).decode(message[:MAX_MESSAGE_BYTES])


@functools.lru_cache(maxsize=256)
def _codec(name: bytes) -> str:
    """Python's codec for an encoding header, UTF-8 for what it does not know.

    Only encodings that extend ASCII: some of Python's codecs are slow on hostile input or yield
    characters that no UTF-8 text may hold.
    """
    try:
        found = codecs.lookup(name.decode("ascii").strip()).name
    except (LookupError, ValueError):
        return "utf-8"
    extends_ascii = _ASCII_BASED.match(found) and codecs.decode(_SAMPLE, found, "replace") == _SAMPLE.decode()
    return found if extends_ascii else "utf-8"


def _chunks(rows: Iterator[_RawCommit]) -> Iterator[list[_RawCommit]]:
    """Groups of rows that hold a few megabytes of text each, so that memory stays bounded."""
    chunk: list[_RawCommit] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += 200 + len(row[4])
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _frame(rows: Sequence[_RawCommit]) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "commit": pl.String,
        "parents": pl.List(pl.String),
        "author": pl.String,
        "committer": pl.String,
        "message": pl.String,
    }
    columns = dict(zip(schema, map(list, zip(*rows, strict=True)), strict=True))
    texts = pl.col("author", "committer", "message").str.replace_all("\0", "\ufffd", literal=True)
    frame = pl.DataFrame(columns, schema=schema).with_columns(texts)
    people = (_person(role, frame[role]) for role in ("author", "committer"))
    return (
        frame.with_columns(*itertools.chain.from_iterable(people), *_message())
        .with_columns(
            authored_at=_moment(pl.coalesce("author_seconds", "committer_seconds", pl.lit(0))),
            committed_at=_moment(pl.coalesce("committer_seconds", "author_seconds", pl.lit(0))),
        )
        .select(RAW_COMMITS.names())
    )


def _person(role: str, lines: pl.Series) -> list[pl.Expr | pl.Series]:
    """Name, e-mail, seconds since 1970 (null where absurd) and offset in minutes of a person's lines."""
    name, email = lines.str.extract_groups(_NAME_AND_EMAIL).struct.unnest()
    time = lines.str.extract_groups(_GITS_TIME).struct.unnest()
    if time["seconds"].null_count():
        other = lines.str.extract_groups(_OTHER_TIME).struct.unnest()
        is_gits = time["seconds"].is_not_null()
        time = pl.select(
            pl.when(is_gits).then(time[part]).otherwise(other[part]).alias(part) for part in time.columns
        )
    seconds = time["seconds"].cast(pl.Int64, strict=False)
    zone = time["zone"].cast(pl.Int64, strict=False).fill_null(0)
    hours_minutes = zone.abs()
    offset = zone.sign() * (hours_minutes // 100 * 60 + hours_minutes % 100)
    return [
        name.str.strip_chars().fill_null("").alias(f"{role}_name_raw"),
        email.str.strip_chars().fill_null("").alias(f"{role}_email_raw"),
        pl.when(seconds.is_between(_EARLIEST, _LATEST - 1)).then(seconds).alias(f"{role}_seconds"),
        pl.when(offset.abs() <= 24 * 60).then(offset).otherwise(0).cast(pl.Int16).alias(f"{role}_offset"),
    ]


def _moment(seconds: pl.Expr) -> pl.Expr:
    return (seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _message() -> list[pl.Expr]:
    """The first paragraph on one line and the rest, as git's ``%s`` and ``%b`` without the last newline."""
    text = pl.col("message").str.replace(rf"^(?:{_BLANK}\n)+", "")
    parts = text.str.extract_groups(rf"(?s)^(.*?)(?:\n{_BLANK}\n(?:{_BLANK}\n)*(.*))?$")
    subject = parts.struct[0].str.strip_chars_end(" \t\r\n").str.replace_all(rf"{_BLANK}\n", " ")
    body = parts.struct[1].str.strip_chars_end("\n").fill_null("")
    return [subject.alias("subject"), body.alias("body")]
