"""File names, sizes, numbers and contents that break careless readers."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.cases import TEXT, exact
from tests.repositories import LINK, Content, Repo


def hostile_names() -> list[bytes]:
    """File names with everything that git allows and a reader may trip over."""
    return [
        b"caf\xe9.txt",
        b"\xff",
        b"\xff\xfe\x80\x80",
        b"\xed\xa0\x80 surrogate",
        b"\xc0\xaf overlong",
        "NFC \u00e9".encode(),
        "NFD e\u0301".encode(),
        "\u202e right to left, \ufeff mark, \u2028 line, \U0001f600".encode(),
        b"new\nline",
        b"\n",
        b"carriage\rreturn",
        b"tab\tbed",
        b"\t",
        b"1\t2\tthree",
        b"-\t-\t",
        b"12345",
        b"commit " + b"a" * 40,
        b"a" * 40,
        b"end 0123456789abcdef\n",
        b'"quoted"',
        b'"',
        b"back\\slash",
        b"\\000",
        b" ",
        b"-",
        b"-rf",
        b"--",
        b"--output=x",
        b":colon",
        b":(top)x",
        b":/x",
        b"@{u}",
        b"HEAD",
        b"*?[a]{b => c}",
        b"{old => new}/x",
        b"a => b",
        b"...",
        b"~/x",
        b"nul",
        b"n" * 255,
        b"/".join([b"deep"] * 400),
        b"bell\x07 escape\x1b[31m delete\x7f",
    ]


@exact
def names(folder: Path, form: str) -> Repo:
    """Each name comes, is changed, moves into a folder, is changed there, and most of them go."""
    repo = Repo(folder, object_format=form)
    texts = {name: f"{number}\n" + TEXT for number, name in enumerate(hostile_names())}
    repo.commit(texts)
    repo.commit({name: text + "more\n" for name, text in texts.items()})
    moved: dict[bytes, Content] = dict.fromkeys(texts)
    repo.commit(moved | {b"in \xfe/" + name: text + "again\n" for name, text in texts.items()})
    repo.commit({b"in \xfe/" + name: text for name, text in texts.items()})
    repo.commit({b"in \xfe/" + name: None for name in list(texts)[::2]})
    return repo


@exact
def wide_lines(folder: Path, form: str) -> Repo:
    """Lines of a megabyte, a file of ten megabytes in one line, and a hundred thousand short lines."""
    repo = Repo(folder, object_format=form)
    megabyte = "x" * 1_000_000
    short = [f"{number}\n" for number in range(100_000)]
    repo.commit({"wide": f"{megabyte}\n{megabyte}y\n", "one": megabyte * 10, "short": "".join(short)})
    repo.commit({"wide": f"{megabyte}z\n{megabyte}y\nend", "one": megabyte * 10 + "\n"})
    repo.commit({"one": None, "moved": megabyte * 10 + "\nmore\n", "short": "".join(short[::2])})
    return repo


@exact
def many_files(folder: Path, form: str) -> Repo:
    """Three hundred thousand files in one commit, then a few of them changed, and a third deleted."""
    repo = Repo(folder, object_format=form)
    head = b"commit refs/heads/main\ncommitter A <a@x> %d +0000\ndata 1\nx"
    out = [
        b"".join(b"blob\nmark :%d\ndata 3\n%02d\n" % (number + 1, number) for number in range(50)),
        head % 1,
    ]
    for number in range(300_000):
        out.append(b"M 100644 :%d %03d/%d.txt" % (number % 50 + 1, number % 300, number))
    out += [
        b"",
        head % 2,
        *(b"M 100644 :%d %03d/%d.txt" % (number + 1, number, number) for number in range(9)),
    ]
    out += [b"", head % 3, *(b"D %03d" % number for number in range(200, 300))]
    repo.run("fast-import", "--quiet", feed=b"\n".join(out) + b"\n")
    return repo


@exact
def contents(folder: Path, form: str) -> Repo:
    """Line ends, NUL bytes at odd places, no line end, and attributes that a bare repository does not read."""
    repo = Repo(folder, object_format=form)
    rules = (
        "*.nodiff -diff\n*.dat diff\n*.bin binary\n*.js linguist-vendored\n*.x diff=python text eol=crlf\n"
    )
    late = b"x\n" * 4_000
    files: dict[str, Content] = {
        "dos": b"a\r\nb\r\nc\r\n", "mac": b"a\rb\rc\r", "cut": b"a\nb", "nul": b"a\0b\n", "only": b"\0",
        "late": late + b"\0\n", "later": late * 2 + b"\0\n", "utf16": "héllo\n".encode("utf-16"),
        "a.nodiff": "1\n", "a.dat": b"\0 1\n", "a.bin": "1\n", "a.js": "1\n", "a.x": "def f():\n\tpass\n",
    }  # fmt: skip
    repo.commit(files | {".gitattributes": rules, "sub/.gitattributes": "* -diff\n", "sub/a": "1\n"})
    repo.commit({"dos": b"a\nb\nc\n", "mac": b"a\nb\nc\n", "cut": b"a\nb\n", "nul": b"ab\n", "only": b"x"})
    repo.commit({name: b"2\n" + text for name, text in files.items() if isinstance(text, bytes)})
    repo.commit({name: text + "2\n" for name, text in files.items() if isinstance(text, str)})
    repo.commit({".gitattributes": (LINK, "sub/.gitattributes"), "sub/a": "2\n", "a.bin": "3\n"})
    return repo
