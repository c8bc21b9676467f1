"""A text as the tokens that duplication compares, as compact JSON that is remembered by blob.

One regular expression for each language, made of its row in the catalog, cuts a text into words, numbers,
strings, comments and operators; white space separates and is dropped. A token is kept as a hash of 64 bits
and the lines that it stands on, so texts need not be kept, and two texts compare as two arrays of numbers.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gitinsight_quality.catalog import BY_NAME

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]

MAX_WORDS = 200_000
"""So many tokens' hashes are kept at hand: most texts of a repository are made of the same words."""

_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_TRIPLE = frozenset({"Python", "Cython", "Starlark"})
_MARKUP = frozenset({"JavaScript", "TSX"})
_OPERATORS = r"[=!]==?|[-+*/%&|^<>]=|<<=?|>>=?|&&|\|\||\+\+|--|->|=>|::|\*\*|\.\.\."
_SIZES = (np.uint8, np.uint16, np.uint32)


class Tokens(NamedTuple):
    """A text's tokens in order: their hashes, and the lines (from 1 on) where each begins and ends."""

    hashes: Hashes
    first_lines: Numbers
    last_lines: Numbers


def tokenizer(language: str) -> Callable[[bytes], Any]:
    """A function from a text in a language of the catalog to its tokens as plain JSON."""

    def tokens_of(content: bytes) -> Any:
        return _to_json(_cut(_normal(content), _pattern(language)))

    return tokens_of


def from_json(row: str) -> Tokens:
    """The tokens that ``tokenizer``'s function returned."""
    packed = zlib.decompress(base64.b64decode(row))
    words, packed = _unpack(packed, np.uint64)
    index, packed = _unpack_smallest(packed)
    steps, packed = _unpack_smallest(packed)
    breaks, _ = _unpack_smallest(packed)
    first_lines = np.cumsum(steps, dtype=np.int32) + 1
    return Tokens(words[index], first_lines, first_lines + breaks.astype(np.int32))


class _Cut(NamedTuple):
    """Distinct tokens' hashes, and for each token its index, lines since the last one, line breaks within."""

    words: Hashes
    numbers: npt.NDArray[Any]
    steps: npt.NDArray[Any]
    breaks: npt.NDArray[Any]


def _cut(text: bytes, pattern: re.Pattern[bytes]) -> _Cut:
    found: Sequence[bytes] = pattern.findall(text)
    distinct = {token: n for n, token in enumerate(dict.fromkeys(found))}
    index = np.fromiter(map(distinct.__getitem__, found), np.uint32, len(found))
    breaks_within = np.array([token.count(b"\n") for token in distinct], np.uint32)
    is_token = np.array([bool(token.strip()) for token in distinct], bool)[index]
    # What pieces before a token hold of line breaks is how far down it stands.
    breaks = breaks_within[index]
    lines = np.cumsum(breaks, dtype=np.uint32) - breaks
    steps = np.diff(lines[is_token], prepend=np.uint32(0))
    words = np.array([_hash(token) for token in distinct], np.uint64)
    return _Cut(words, index[is_token], steps, breaks[is_token])


@lru_cache(MAX_WORDS)
def _hash(token: bytes) -> int:
    if b"\n" in token:
        # A comment or string of several lines stays the same where its lines are indented anew.
        token = b" ".join(token.split())
    return int.from_bytes(blake2b(token, digest_size=8).digest(), "little")


@cache
def _pattern(language: str) -> re.Pattern[bytes]:
    """Matches white space within a line, then a token, a line break or the text's end as its only group.

    What is left open ends with the line (a string) or the text (a comment, a string of several lines), so
    that hostile texts take linear time as well.
    """
    syntax = BY_NAME[language].comments
    before = r"(?<!\S)" if syntax.needs_space else ""
    # A line break that opens a comment stands in front of the token, where the search has passed it by.
    blocks = [
        rf"{'(?m:^)' if a.startswith(chr(10)) else ''}{re.escape(a.lstrip())}(?s:.)*?(?:{re.escape(b)}|\Z)"
        for a, b in syntax.block
    ]
    lines = [rf"{before}{re.escape(marker)}[^\n]*" for marker in syntax.line]
    triple = [
        rf"{q * 3}[^{q}\\]*(?:(?:\\(?s:.)|{q}(?!{q * 2}))[^{q}\\]*)*(?:{q * 3}|\\?\Z)"
        for q in syntax.quotes
        if language in _TRIPLE
    ]
    # An attribute's value is two tokens: its first quote, and the rest. Template strings are read as code.
    value = [r'(?<==")[^"\n]*"', r'(?<==)"(?=[^"\n]*")'] if language in _MARKUP else []
    strings = [rf"{q}[^{q}\\\n]*(?:\\.[^{q}\\\n]*)*(?:{q}|\\?$)" for q in syntax.quotes]
    word = r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*"
    pieces = [*value, word, r"\n", *blocks, *lines, *triple, *strings, r"\d[\w.]*", _OPERATORS, r"\S", r"\Z"]
    return re.compile(rf"[ \t\r\f\v]*+({'|'.join(pieces)})".encode("latin-1"), re.MULTILINE)


def _normal(content: bytes) -> bytes:
    encoding = _UTF16.get(content[:2])
    text = content.decode(encoding, "replace").encode("utf-8", "replace") if encoding else content
    return text.replace(b"\r\n", b"\n")


def _to_json(cut: _Cut) -> str:
    arrays = [cut.words, *map(_smallest, cut[1:])]
    packed = b"".join(_pack(array) for array in arrays)
    return base64.b64encode(zlib.compress(packed, 1)).decode("ascii")


def _smallest(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    largest = int(array.max(initial=0))
    return array.astype(next(size for size in _SIZES if largest <= np.iinfo(size).max))


def _pack(array: npt.NDArray[Any]) -> bytes:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return bytes([array.itemsize]) + len(array).to_bytes(4, "little") + little.tobytes()


def _unpack(packed: bytes, kind: type[Any]) -> tuple[npt.NDArray[Any], bytes]:
    count = int.from_bytes(packed[1:5], "little")
    dtype = np.dtype(kind).newbyteorder("<")
    end = 5 + count * dtype.itemsize
    return np.frombuffer(packed[5:end], dtype).astype(kind, copy=False), packed[end:]


def _unpack_smallest(packed: bytes) -> tuple[npt.NDArray[Any], bytes]:
    return _unpack(packed, next(size for size in _SIZES if np.dtype(size).itemsize == packed[0]))
