"""The windows of many repositories in a folder, one repository after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gitinsight.plugin import CommandContext
from gitinsight_quality.risk.fitting import Sample, samples_of


def collect(
    context: CommandContext,
    folder: Path,
    only: set[str],
    time_limit_seconds: float,
    tell: Callable[[str], None],
) -> Sequence[Sample]:
    """The windows of all repositories of a folder by name, or of those named ``only``.

    A repository that cannot be read, or has no window to fit on, is told and left out.
    """
    samples: list[Sample] = []
    for name, path in repositories_in(folder):
        if only and name not in only:
            continue
        try:
            with context.open_history(str(path), analyzer="quality") as history:
                found = list(samples_of(history, time_limit_seconds)) if history.commits.height else []
        except Exception as error:  # a damaged repository must not cost the others
            tell(f"{name}: left out, {error}")
            continue
        tell(f"{name}: {len(found)} windows, {sum(sample.fixed for sample in found)} fixed files")
        samples += [replace(sample, repository=name) for sample in found]
    return samples


def repositories_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """The bare repositories of a folder with their names, ``owner+name`` read as ``owner/name``."""
    for path in sorted(folder.iterdir()):
        found = next((place for place in (path, path / "repo") if (place / "HEAD").is_file()), None)
        if found:
            yield path.name.removesuffix(".git").replace("+", "/"), found
