"""Sums over files: lines by language, the share of tests and of comments, how much could be parsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gitinsight_quality.catalog import BY_NAME
from gitinsight_quality.files import File


@dataclass(slots=True)
class LanguageSize:
    """A language's sums over the files that were not skipped."""

    language: str
    files: int = 0
    parsed_files: int = 0
    erroneous_files: int = 0
    code: int = 0
    comment: int = 0
    blank: int = 0

    @property
    def is_code(self) -> bool:
        """Whether its lines count as code."""
        return BY_NAME[self.language].is_code


@dataclass(frozen=True, slots=True)
class Sizes:
    """``languages`` has the languages by lines of code, those that are not code last."""

    languages: Sequence[LanguageSize] = field(default_factory=tuple)
    test_code: int = 0
    documentation: int = 0
    """Lines of prose outside of tests."""
    parsed_code: int = 0
    programming_code: int = 0
    readable_share: float = 1.0

    @property
    def code_languages(self) -> Sequence[LanguageSize]:
        """The programming and markup languages."""
        return [size for size in self.languages if size.is_code]

    @property
    def code(self) -> int:
        """Lines of code in all."""
        return sum(size.code for size in self.code_languages)

    @property
    def comment(self) -> int:
        """Comment lines of the code files."""
        return sum(size.comment for size in self.code_languages)

    @property
    def files(self) -> int:
        """Code files."""
        return sum(size.files for size in self.code_languages)

    @property
    def parsed_share(self) -> float:
        """The share of the lines in programming languages whose functions are known (0 to 1)."""
        return self.parsed_code / self.programming_code if self.programming_code else 0.0


def sum_sizes(files: Sequence[File]) -> Sizes:
    """The sums over measured files; skipped ones only lower ``readable_share``, a share of code files."""
    sums: dict[str, LanguageSize] = {}
    measured = [file for file in files if not file.measure.skipped]
    for file in measured:
        size = sums.setdefault(file.language, LanguageSize(file.language))
        size.files += 1
        size.parsed_files += file.is_parsed
        size.erroneous_files += file.measure.has_error
        size.code += file.lines.code
        size.comment += file.lines.comment
        size.blank += file.lines.blank
    code = [file for file in measured if file.is_code]
    in_code_languages = sum(1 for file in files if BY_NAME[file.language].is_code)
    return Sizes(
        sorted(sums.values(), key=lambda size: (not size.is_code, -size.code, size.language)),
        test_code=sum(file.lines.code for file in code if file.is_test),
        documentation=sum(file.lines.code for file in measured if _is_documentation(file)),
        parsed_code=sum(file.lines.code for file in code if file.is_parsed),
        programming_code=sum(
            file.lines.code for file in code if BY_NAME[file.language].kind == "programming"
        ),
        readable_share=len(code) / in_code_languages if in_code_languages else 1.0,
    )


def _is_documentation(file: File) -> bool:
    """Prose that explains; plain text is mostly licences and data."""
    return BY_NAME[file.language].kind == "prose" and file.language != "Text" and not file.is_test
