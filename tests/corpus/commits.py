"""Commit objects as odd tools have written them: people, times, encodings, messages, extra headers."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.cases import TEXT, exact, forbidden, raw_history, write_object
from tests.repositories import Repo

PERSON = b"C <c@x> 1000 +0000"
PEOPLE = [
    b"<a@x> 5 +0100",
    b" <a@x> 5 +0100",
    b"A <> 5 -0030",
    b"<> 5 +0000",
    b"A <a@x>> 5 +0100",
    b"A <<a@x>> 5 +0100",
    b"A <a <b> c@x> 5 +0100",
    b"A <a@x> B <b@x> 5 +0100",
    b"A > B <a@x> 5 +0100",
    b"A <a@x 5 +0100",
    b"A a@x> 5 +0100",
    b"A a@x 5 +0100",
    b"A<a@x>5 +0100",
    b"nobody at all",
    b"A <a@x>",
    b"A <a@x> ",
    b"",
    b" ",
    b"A\tB <a\t@x>\t5\t+0100",
    b"  A  B  <  a@x  >  5   +0100  ",
    b"A\r <a@x> 5 +0000\r",
    b'"A, B" <mailto:a@x> 5 +0000',
    b"\xff\xfe <\xff@x> 5 +0000",
    "\u00c9 \u202e\u200b <\u00e9@x> 5 +0000".encode(),
    b"A. (junk) \\ $ & ; <a@x> 5 +0000",
    b"x" * 20_000 + b" <" + b"y" * 20_000 + b"> 5 +0000",
]
DATES = [
    b"0 +0000",
    b"-1 +0000",
    b"-86400 -0500",
    b"2147483648 +0000",
    b"4294967295 +0000",
    b"4294967296 +1400",
    b"7258118399 +0000",
    b"7258118400 +0000",
    b"253402300800 +0000",
    b"9223372036854775807 +0000",
    b"99999999999999999999 +0000",
    b"005 +0000",
    b"+5 +0000",
    b"5",
    b"5 0100",
    b"5 +1",
    b"5 +0100 junk",
    b"5 +0100 7 +0200",
    b"junk 5 +0100",
    b"5.5 +0000",
    b"0x5 +0000",
    b"5+0100",
    b"5 -9999",
    b"5 +51800",
    b"5 +99999999999",
    b"5 -0000",
    b"Thu Jan 1 00:00:05 1970 +0000",
    b"1970-01-01 00:00:05 +0000",
    "\u0665 +0000".encode(),
]
ENCODED = [
    ("ISO-8859-1", b"Gr\xfc\xdfe"),
    ("latin-1", b"Gr\xfc\xdfe"),
    ("ISO-8859-15", b"\xa4"),
    ("CP1252", b"\x80\x93\x94"),
    ("CP1252", b"\x81 undefined"),
    ("KOI8-R", "Привет".encode("koi8-r")),
    ("Shift_JIS", "こんにちは".encode("shift_jis")),
    ("EUC-JP", "こんにちは".encode("euc-jp")),
    ("ISO-2022-JP", "こんにちは".encode("iso2022-jp")),
    ("GB18030", "你好".encode("gb18030")),
    ("Big5", "你好".encode("big5")),
    ("EUC-KR", "안녕".encode("euc-kr")),
    ("UTF-8", "Grüße".encode()),
    ("utf8", b"Gr\xfc\xdfe"),
    ("ASCII", "Grüße".encode()),
    ("US-ASCII", b"Gr\xfc\xdfe"),
    ("EUC-JP", "Grüße".encode()),
    ("Shift_JIS", b"\x81 half a letter, \xfc\xfc"),
    ("GB2312", "Grüße ✓".encode()),
    ("no-such-encoding", "Grüße".encode()),
    ("", "Grüße".encode()),
    ("ISO-8859-1", "two encodings in one: é".encode() + b"\xe9"),
]
MESSAGES = [
    b"",
    b"\n",
    b"\n\n \n\t\n",
    b"One line without an end",
    b"One line\n",
    b"\n\n  Led by blanks\nand folded  \n\n\nBody\n\nmore\n\n",
    b"Windows\r\nline\r\n\r\nbody\r\n",
    b"Blank with spaces\n \t \nbody",
    b"Form\x0cfeed\x0b\n\x0c\nbody",
    b"Carriage\rreturn\r\r\nnext\n",
    "No\u2028line \u0085 ends\n\u00a0\nbody".encode(),
    b"tree of words\nparent of thoughts\nauthor of books\n\nencoding of texts",
    b"bad \xff\xc3 bytes\n\n\xe9",
    b"\xef\xbb\xbfwith a mark",
    b"a\n" * 5_000,
    b"word " * 1_048_576,
    b"subject\n\n" + b"5 MB of body\n" * 400_000,
]
SIGNATURE = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n author X <x@x> 9 +0000\n parent 1\n -----END PGP SIGNATURE-----\n"


def _written(author: bytes, committer: bytes = PERSON, more: bytes = b"", message: bytes = b"Hi\n") -> bytes:
    return b"author %s\ncommitter %s\n%s\n%s" % (author, committer, more, message)


@exact
def people(folder: Path, form: str) -> Repo:
    """Lines of authors and committers that are broken in every part."""
    repo = Repo(folder, object_format=form)
    raw_history(repo, [_written(person, person) for person in PEOPLE])
    return repo


@exact
def dates(folder: Path, form: str) -> Repo:
    """Times before 1970, after 2106, after all time, and texts that are no times."""
    repo = Repo(folder, object_format=form)
    raw_history(repo, [_written(b"A <a@x> " + date, b"C <c@x> " + date) for date in DATES])
    return repo


@exact
def encodings(folder: Path, form: str) -> Repo:
    """Texts in the encoding that their header names, in another one, and in several."""
    repo = Repo(folder, object_format=form)
    bodies = []
    for name, text in ENCODED:
        person = b"J " + text + b" <j@x> 5 +0000"
        bodies.append(_written(person, person, b"encoding %s\n" % name.encode(), text + b"\n\n" + text))
    raw_history(repo, bodies)
    return repo


@exact
def messages(folder: Path, form: str) -> Repo:
    """Blank lines, line ends and sizes of messages, up to five megabytes in one line."""
    repo = Repo(folder, object_format=form)
    raw_history(repo, [_written(PERSON, message=message) for message in MESSAGES])
    return repo


@exact
def headers(folder: Path, form: str) -> Repo:
    """Signatures, merged tags, and headers of other tools."""
    repo = Repo(folder, object_format=form)
    tag = b"mergetag object " + b"1" * 40 + b"\n type commit\n tag v1\n tagger X <x@x> 9 +0000\n \n Text\n"
    raw_history(
        repo,
        [
            _written(PERSON, more=SIGNATURE),
            _written(PERSON, more=tag + tag + SIGNATURE),
            _written(PERSON, more=SIGNATURE.replace(b"gpgsig", b"gpgsig-sha256") + b"encoding ISO-8859-1\n"),
            _written(PERSON, more=b"HG:rename-source hg\nHG:extra a:b\nnonsense\n"),
            _written(PERSON, more=b"encoding UTF-8\nencoding ISO-8859-1\n", message="é".encode()),
        ],
    )
    return repo


@forbidden
def lost_headers(folder: Path, form: str) -> Repo:
    """Headers that come twice, in the wrong place, or not at all."""
    repo = Repo(folder, object_format=form)
    other = b"author B <b@x> 7 +0000\n"
    made = raw_history(
        repo,
        [
            other + _written(PERSON),
            _written(PERSON, more=other + b"committer D <d@x> 8 +0000\n"),
            b"committer C <c@x> 5 +0000\nauthor A <a@x> 6 +0000\n\nThe other way round\n",
            b"author A <a@x> 6 +0000\n\nNo committer\n",
            b"committer C <c@x> 6 +0000\n\nNo author\n",
            b"\nNobody\n",
            b"author A <a@x> 6 +0000\ncommitter C <c@x> 5 +0000\n",
            b"author A <a@x> 6 +0000\ncommitter C <c@x> 5 +0000",
        ],
    )
    tree = repo.run("rev-parse", "main^{tree}")
    stray = f"tree {tree}\nparent {made[-1]}\nauthor A <a@x> 6 +0000\nparent {made[0]}\n".encode()
    repo.run("update-ref", "refs/heads/main", write_object(repo, stray + b"committer C <c@x> 5 +0000\n\nx\n"))
    return repo


@forbidden
def odd_trees(folder: Path, form: str) -> Repo:
    """Trees that git no longer writes: unsorted, with names twice, old modes, forbidden names, no object's id."""
    repo = Repo(folder, object_format=form)
    repo.commit({"a": TEXT, "b": "b\n"}, branch="blobs")
    a, b = (bytes.fromhex(repo.run("rev-parse", f"blobs:{name}")) for name in "ab")
    inner = bytes.fromhex(write_object(repo, b"100644 x\0" + a, "tree"))
    plain = b"100644 a\0" + a
    trees = [
        plain,
        b"100644 z\0" + b + plain,
        plain + b"100644 a\0" + b,
        b"100664 a\0" + a + b"100600 b\0" + b,
        b"0100644 a\0" + a + b"040000 d\0" + inner,
        b"40000 ..\0" + inner + b"40000 .git\0" + inner + b"100644 a/b\0" + a,
        plain + b"160000 m\0" + bytes(len(a)),
        b"120000 .gitattributes\0" + a + b"120000 .gitmodules\0" + b + b"120000 .mailmap\0" + a,
        plain + b"40000 a\0" + inner,
        b"40000 .gitattributes\0" + inner + b"100644 a\0" + inner,
        b"100644 a\\..\\b\0" + a + b"100644 .GIT\0" + b + b"100644 con\0" + b,
    ]
    parent = ""
    for tree in trees:
        text = f"tree {write_object(repo, tree, 'tree')}\n{parent}".encode()
        parent = f"parent {write_object(repo, text + _written(PERSON))}\n"
    repo.run("update-ref", "refs/heads/main", parent.split()[1])
    return repo
