"""The files of a commit with what they measure: the one place where the repository's tree is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitinsight.plugin import History, TreeFile
from gitinsight_quality.catalog import BY_NAME
from gitinsight_quality.detection import is_test, language_of_script, languages_of, may_be_script
from gitinsight_quality.functions import Function
from gitinsight_quality.languages import MODULES
from gitinsight_quality.lines import Lines
from gitinsight_quality.measuring import MAX_BYTES, Measure, from_json, measurer

PROGRESS_STEP = 50


@dataclass(frozen=True, slots=True)
class File:
    """A file in a known language; ``measure.skipped`` tells why it has no lines."""

    path: str
    language: str
    is_test: bool
    measure: Measure

    @property
    def lines(self) -> Lines:
        """Its lines; all zero where it was skipped."""
        return self.measure.lines

    @property
    def is_code(self) -> bool:
        """Whether it was measured and is written in a programming or markup language."""
        return not self.measure.skipped and BY_NAME[self.language].is_code

    @property
    def is_parsed(self) -> bool:
        """Whether its functions are known."""
        return self.language in MODULES and not (self.measure.skipped or self.measure.unparsed)

    @property
    def functions(self) -> Sequence[Function]:
        """The functions to list: those that the language's reference tool lists."""
        return [function for function in self.measure.functions if not function.is_inner]

    @property
    def complexity(self) -> int | None:
        """The sum of the cyclomatic complexities of all functions, None where they are not known."""
        return sum(function.cyclomatic for function in self.measure.functions) if self.is_parsed else None


def measured_files(history: History, time_limit_seconds: float) -> Sequence[File]:
    """The files at head in a known language, by path; links, vendored and generated files are out."""
    own = _own_files(history, None)
    languages = _languages(history, own)
    return _measured(history, own, languages, time_limit_seconds, history.progress)


def code_files_at(history: History, commit: str, time_limit_seconds: float) -> Sequence[File]:
    """As ``measured_files`` at another commit, without the languages that are not code."""
    own = _own_files(history, commit)
    languages = _languages(history, own)
    code = {path: language for path, language in languages.items() if BY_NAME[language].is_code}
    return _measured(history, own, code, time_limit_seconds, lambda _done, _total: None)


def sources_at(history: History, commit: str) -> Sequence[tuple[str, str, str]]:
    """Path, language and blob of the code files of a commit that are not too large, by path."""
    own = [file for file in _own_files(history, commit) if file.size <= MAX_BYTES]
    languages = _languages(history, own)
    code = [(file.path, languages.get(file.path, ""), file.blob) for file in own]
    return [row for row in code if row[1] and BY_NAME[row[1]].is_code]


def _own_files(history: History, commit: str | None) -> Sequence[TreeFile]:
    files = history.files(commit)
    return [file for file in files if not (file.is_link or file.is_vendored or file.is_generated)]


def _measured(
    history: History,
    own: Sequence[TreeFile],
    languages: Mapping[str, str],
    time_limit_seconds: float,
    tell: Callable[[float, float], None],
) -> Sequence[File]:
    files = [file for file in own if file.path in languages]
    measures = _measures(history, files, languages, time_limit_seconds, tell)
    return [
        File(file.path, languages[file.path], is_test(file.path), measures[languages[file.path], file.blob])
        for file in files
    ]


def _languages(history: History, files: Sequence[TreeFile]) -> Mapping[str, str]:
    named = languages_of([file.path for file in files])
    scripts = [
        file
        for file in files
        if file.path not in named and file.size <= MAX_BYTES and may_be_script(file.path)
    ]
    blobs = list(dict.fromkeys(file.blob for file in scripts))
    found = dict(history.cached_many(blobs, "script", language_of_script)) if blobs else {}
    return {**named, **{file.path: found[file.blob] for file in scripts if found[file.blob]}}


def _measures(
    history: History,
    files: Sequence[TreeFile],
    languages: Mapping[str, str],
    time_limit_seconds: float,
    tell: Callable[[float, float], None],
) -> Mapping[tuple[str, str], Measure]:
    """The measures by language and blob; a blob is read once however many paths it has."""
    measures: dict[tuple[str, str], Measure] = {}
    wanted: dict[str, dict[str, None]] = {}
    for file in files:
        language = languages[file.path]
        if file.size > MAX_BYTES:
            measures[language, file.blob] = Measure(skipped="over 1 MB")
        else:
            wanted.setdefault(language, {})[file.blob] = None
    total = sum(map(len, wanted.values()))
    for done, (language, blob, measure) in enumerate(_read(history, wanted, time_limit_seconds), start=1):
        measures[language, blob] = measure
        if done % PROGRESS_STEP == 0 or done == total:
            tell(done, total)
    return measures


def _read(
    history: History, wanted: Mapping[str, Mapping[str, None]], time_limit_seconds: float
) -> Iterator[tuple[str, str, Measure]]:
    for language, blobs in wanted.items():
        compute = measurer(language, time_limit_seconds)
        for blob, row in history.cached_many(list(blobs), f"measure {language}", compute):
            yield language, blob, from_json(row)
