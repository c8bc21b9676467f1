"""Our duplication beside jscpd's on the same files: ``python -m benchmarks.duplication PATH [--json]``.

PATH is a git repository. Its code files at HEAD that an analysis looks at are laid into a folder of their own,
and both read that: jscpd 4.0.5 (installed by npm into a temporary folder) at 50 tokens and 5 lines.

A clone of jscpd's counts as found where our clones cover 90 % of its lines on both sides. jscpd's ranges are not
always what it compared: they end with the token after the match, the second one runs on into another place where
a stretch is made of several, and tokens dropped before lines are counted shift what follows. So recall is given
twice: over all clones as printed, and over those whose text really stands at both places, there up to the
match's end. The last defect is repaired in the installed copy, for else hardly a clone of C can be checked.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measure import cost_of
from gitinsight_quality.catalog import BY_NAME
from gitinsight_quality.detection import is_test, languages_of
from gitinsight_quality.duplication import Duplication, Source, find_duplication
from gitinsight_quality.measuring import measure_text
from gitinsight_quality.tokens import from_json, tokenizer

JSCPD = "jscpd@4.0.5"
COVERED = 0.9
LEAST_TEXT = 20
_LAST_TOKEN = re.compile(r"(?://[^\n]*|#[^\n]*|/\*.*?\*/|'[^'\n]*'|\"[^\"\n]*\"|\w+|\W)\s*$", re.S)

Lines = Mapping[str, set[int]]


@dataclass(frozen=True, slots=True)
class Side:
    """One place of a clone of jscpd's; lines are 1-based and inclusive."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds are CPU seconds; ``recall_printed`` and ``recall_checked`` are shares of jscpd's clones."""

    files: int
    source_mb: float
    our_seconds: float
    our_mb: float
    our_clones: int
    jscpd_seconds: float
    jscpd_mb: float
    jscpd_clones: int
    recall_printed: float
    checked: int
    recall_checked: float
    our_lines: int
    jscpd_lines: int
    lines_only_ours: int


def compare(repository: Path) -> Comparison:
    """Both on the code files at a repository's HEAD."""
    with tempfile.TemporaryDirectory() as name:
        folder, ours, theirs = (Path(name) / part for part in ("files", "ours.json", "theirs"))
        texts = _lay_out(repository, folder)
        our_cost = cost_of([sys.executable, "-m", "benchmarks.duplication", str(folder), "--into", str(ours)])
        command = [
            "node",
            str(_install(Path(name) / "npm")),
            *["--min-tokens", "50", "--min-lines", "5", "--silent"],
        ]
        command += ["--reporters", "json", "--output", str(theirs), str(folder)]
        their_cost = cost_of(command)
        found = json.loads(ours.read_text())
        clones = list(_clones(json.loads((theirs / "jscpd-report.json").read_text()), folder))
    covered = {path: set(lines) for path, lines in found["lines"].items()}
    checked = [sides for pair, text in clones if (sides := _checked(pair, text, texts))]
    marked: dict[str, set[int]] = {}
    for side in (side for pair, _ in clones for side in pair):
        marked.setdefault(side.path, set()).update(range(side.start, side.end + 1))
    return Comparison(
        len(texts),
        sum(map(len, texts.values())) / 1e6,
        our_cost.cpu_seconds,
        our_cost.peak_bytes / 1e6,
        found["groups"],
        their_cost.cpu_seconds,
        their_cost.peak_bytes / 1e6,
        len(clones),
        _recall([pair for pair, _ in clones], covered),
        len(checked),
        _recall(checked, covered),
        sum(map(len, covered.values())),
        sum(map(len, marked.values())),
        sum(len(lines - marked.get(path, set())) for path, lines in covered.items()),
    )


def _lay_out(repository: Path, folder: Path) -> Mapping[str, bytes]:
    """The code files at HEAD that are not skipped, written into a folder, by path."""
    archive = subprocess.run(
        ["git", "-C", str(repository), "archive", "HEAD"], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        contents = {
            member.name: part.read()
            for member in tar.getmembers()
            if member.isfile() and (part := tar.extractfile(member))
        }
    languages = languages_of(list(contents))
    texts = {
        path: content
        for path, content in contents.items()
        if path in languages
        and BY_NAME[languages[path]].is_code
        and not measure_text(content, "Text", 5.0).skipped
    }
    for path, content in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return texts


def _install(folder: Path) -> Path:
    """jscpd's program, installed by npm; lines are counted before tokens are dropped."""
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), JSCPD]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    packages = folder / "node_modules"
    source = packages / "@jscpd" / "tokenizer" / "dist" / "index.js"
    text = source.read_text()
    start = text.index("return tokens.filter((t) => t.format in FORMATS).map(")
    repaired = "return tokens.map((t, n) => calculateLocation(t, n)).filter((t) => t.format in FORMATS)"
    source.write_text(text[:start] + repaired + text[text.index(";", start) :])
    return packages / "jscpd" / "bin" / "jscpd"


def ours(folder: Path) -> Duplication:
    """Our duplication of all files below a folder, nothing cached."""
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    languages = languages_of(paths)
    sources = []
    for path in paths:
        content = (folder / path).read_bytes()
        tokens = from_json(tokenizer(languages[path])(content))
        sources.append(Source(path, is_test(path), content.count(b"\n") + 1, tokens))
    return find_duplication(sources)


def _write_ours(folder: Path, target: Path) -> None:
    found = ours(folder)
    lines = {
        path: [line for a, b in file.spans for line in range(a, b + 1)] for path, file in found.files.items()
    }
    target.write_text(json.dumps({"groups": len(found.groups), "lines": lines}))


def _clones(report: Mapping[str, object], folder: Path) -> Iterator[tuple[tuple[Side, Side], str]]:
    duplicates = report["duplicates"]
    assert isinstance(duplicates, list)
    for clone in duplicates:
        first, second = (
            Side(
                str((Path.cwd() / clone[side]["name"]).resolve().relative_to(folder.resolve())),
                clone[side]["start"],
                clone[side]["end"],
            )
            for side in ("firstFile", "secondFile")
        )
        yield (first, second), clone["fragment"]


def _checked(pair: Sequence[Side], fragment: str, texts: Mapping[str, bytes]) -> Sequence[Side] | None:
    """Both sides up to the end of what they have in common; None where one does not have the text."""
    text = "".join(_LAST_TOKEN.sub("", fragment).split())
    sides = [Side(side.path, side.start, _end_of(text, side, texts[side.path])) for side in pair]
    return sides if len(text) > LEAST_TEXT and all(side.end for side in sides) else None


def _end_of(text: str, side: Side, content: bytes) -> int:
    """The line at which a text that begins on a side's first line ends, 0 where there is none."""
    read, longest_start = "", None
    lines = content.decode("utf-8", "replace").split("\n")[side.start - 1 : side.end]
    for number, line in enumerate(lines, start=side.start):
        read += "".join(line.split())
        longest_start = len(read) if longest_start is None else longest_start
        if 0 <= read.find(text) <= longest_start:
            return number
    return 0


def _recall(clones: Sequence[Sequence[Side]], covered: Lines) -> float:
    found = [all(_is_covered(side, covered) for side in clone) for clone in clones]
    return sum(found) / len(found) if found else 1.0


def _is_covered(side: Side, covered: Lines) -> bool:
    lines = set(range(side.start, side.end + 1))
    return bool(lines) and len(lines & covered.get(side.path, set())) >= COVERED * len(lines)


def main() -> None:
    """Print the comparison as lines or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplication", description=__doc__)
    parser.add_argument("path", type=Path, help="a git repository")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.into:
        _write_ours(chosen.path, chosen.into)
        return
    figures = asdict(compare(chosen.path.resolve()))
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(
            f"{name.replace('_', ' '):<18}{value:>12,.3f}"
            if isinstance(value, float)
            else f"{name.replace('_', ' '):<18}{value:>12,}"
        )


if __name__ == "__main__":
    main()
