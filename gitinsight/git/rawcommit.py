"""What a raw commit object says, decoded and split: people, times, subject and body.

Raw objects rather than ``git log --format``: author lines that git prints as empty keep what can be read
of them, and decoding is ours.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import itertools
import re

MAX_MESSAGE_BYTES = 1 << 20
"""What is kept of a message: a bomb must not fill the memory of everything that reads history."""

_PARENT = "parent "
_USUAL_HEADER = re.compile(
    r"[^\n]*\n((?:parent [^\n]*\n)*)author ([^\n]*)\ncommitter ([^\n]*)(?:\ngpgsig [^\n]*(?:\n [^\n]*)*)?"
)
_KEY = b"\nencoding "
_ENCODING = re.compile(rb"\nencoding ([^\n]{1,60})(?=\n|\Z)")
_ASCII_BASED = re.compile(
    r"(utf-8|ascii|iso8859|iso2022|cp\d|koi8|mac|big5|gb|hz|euc|shift_jis|johab|tis-620)"
)
_SAMPLE = b"Ann <ann@x> 09"

_NAME_AND_EMAIL = re.compile(r"([^<]*)<([^>]*)>")
_GITS_TIME = re.compile(r"[ \t\r]*([0-9]+)[ \t\r]*([+-][0-9]+)")
"""As git reads it: digits and an offset after the last ``>``."""
_OTHER_TIME = re.compile(r"(?:^|[\s>])(-?[0-9]+)(?:[ \t]+([+-][0-9]+))?\s*\Z")
"""What counts where git reads none: a number at the end."""
_MOST_DIGITS = 18
_MOST_CACHED = 200
"""Letters of what is remembered: a hostile line may be as long as it likes."""
_EARLIEST = -2_208_988_800  # 1900-01-01
_LATEST = 7_258_118_400  # 2200-01-01
_MICROSECONDS = 1_000_000

_BLANK = " \t\r"
_BLANK_LINES = re.compile(rf"(?:[{_BLANK}]*\n)+")
_PARAGRAPH_END = re.compile(rf"\n[{_BLANK}]*\n(?:[{_BLANK}]*\n)*")


RawCommit = tuple[str, str, str, str, int, int, str, str, int, int, str, str]
"""A commit object's content, in the order of ``gitinsight.domain.columns.RAW_COMMITS``.

Parents are ids between white space. Times are microseconds since 1970 in UTC, offsets minutes east of it.
The subject is the first paragraph on one line and the body the rest, as git's ``%s`` and ``%b`` without
the last newline.
"""


def parse(commit: str, content: bytes) -> RawCommit:
    """The parts of a commit object of any content.

    As in git, parents stand directly after the tree, and of several authors the last one counts. Text
    is decoded by the commit's own encoding header, else as UTF-8, with U+FFFD for what is neither and
    for NUL. A time that cannot be read, or lies outside the years 1900 to 2199, is taken from the
    commit's other time, else is 1970; an offset of more than a day is 0.
    """
    header, _, message = _text(content).partition("\n\n")
    usual = _USUAL_HEADER.fullmatch(header)
    parents, author, committer = usual.groups() if usual else _unusual(header.split("\n"))
    author_name, author_email, authored, author_offset = _person(author)
    committer_name, committer_email, committed, committer_offset = _person(committer)
    if authored is None:
        authored = committed or 0
    if committed is None:
        committed = authored
    return (
        commit,
        parents.replace(_PARENT, ""),
        author_name,
        author_email,
        authored * _MICROSECONDS,
        author_offset,
        committer_name,
        committer_email,
        committed * _MICROSECONDS,
        committer_offset,
        *_paragraphs(message),
    )


def _unusual(lines: list[str]) -> tuple[str, str, str]:
    """The lines of parents, the author and the committer of a header that has other lines, or the usual ones elsewhere."""
    parents = list(itertools.takewhile(lambda line: line.startswith(_PARENT), lines[1:]))
    people = {"author": "", "committer": ""}
    for line in lines[1 + len(parents) :]:
        key, _, value = line.partition(" ")
        if key in people:
            people[key] = value
    return "\n".join(parents), people["author"], people["committer"]


def _text(content: bytes) -> str:
    """The object as text, with its message up to its limit.

    A header that names the wrong encoding is common: as in git, it counts only where everything is in it.
    """
    end = content.find(b"\n\n")
    named = _ENCODING.search(content, 0, end if end >= 0 else len(content)) if _KEY in content else None
    codec = _codec(named[1]) if named else "utf-8"
    for name, errors in ((codec, "strict"), ("utf-8", "replace")):
        with contextlib.suppress(UnicodeDecodeError):
            return _beginning(content, end + 2 + MAX_MESSAGE_BYTES, name, errors).replace("\0", "\ufffd")
    raise AssertionError("Nothing is an error to the last one.")


def _beginning(content: bytes, size: int, codec: str, errors: str) -> str:
    """So many bytes of the content as text; a letter that this would cut is left out."""
    if len(content) <= size:
        return content.decode(codec, errors)
    return codecs.getincrementaldecoder(codec)(errors).decode(content[:size])


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


def _person(line: str) -> tuple[str, str, int | None, int]:
    """Name, e-mail, seconds since 1970 (None where absurd) and offset in minutes of a person's line."""
    person, closed, when = line.rpartition(">")
    found = (_GITS_TIME.match(when) if closed else None) or _OTHER_TIME.search(line)
    identity = _known_identity if len(person) <= _MOST_CACHED else _identity
    name, email = identity(person) if closed else ("", "")
    if found is None:
        return name, email, None, 0
    digits, zone = found.groups()
    seconds = int(digits) if len(digits) <= _MOST_DIGITS else _LATEST
    offset = _offset(zone) if zone and len(zone) <= _MOST_DIGITS else 0
    return name, email, seconds if _EARLIEST <= seconds < _LATEST else None, offset


def _identity(person: str) -> tuple[str, str]:
    """Name and e-mail without the white space around them, of a line up to its last ``>``."""
    found = _NAME_AND_EMAIL.match(f"{person}>")
    return (found[1].strip(), found[2].strip()) if found else ("", "")


_known_identity = functools.lru_cache(maxsize=4096)(_identity)


@functools.lru_cache(maxsize=256)
def _offset(zone: str) -> int:
    """Minutes east of UTC of a zone such as ``-0330``; 0 where it is more than a day."""
    hours, minutes = divmod(int(zone[1:]), 100)
    offset = 60 * hours + minutes
    if offset > 24 * 60:
        return 0
    return -offset if zone[0] == "-" else offset


def _paragraphs(message: str) -> tuple[str, str]:
    """Subject and body of a message."""
    if message[:1].isspace() and (blank := _BLANK_LINES.match(message)):
        message = message[blank.end() :]
    end = _PARAGRAPH_END.search(message)
    subject, body = (message[: end.start()], message[end.end() :]) if end else (message, "")
    lines = subject.rstrip(f"{_BLANK}\n").split("\n")
    return " ".join([*(line.rstrip(_BLANK) for line in lines[:-1]), lines[-1]]), body.rstrip("\n")
