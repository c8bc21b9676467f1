"""A plugin for tests: one analyzer for each way in which an analyzer can go wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitinsight.plugin import (
    Analyzer,
    Artifact,
    ArtifactKind,
    Evidence,
    EvidenceKind,
    History,
    Insight,
    InsightType,
    Metric,
    Point,
    Report,
    Setting,
    Severity,
    hookimpl,
)

AT = datetime(2024, 1, 1, tzinfo=UTC)
Body = Callable[[History, Mapping[str, Any]], Any]


def raises(_history: History, _settings: Mapping[str, Any]) -> Report:
    raise ValueError("a \0 and a \ud800 and a \x1b[31m")


def raises_strangely(_history: History, _settings: Mapping[str, Any]) -> Report:
    class StrangeError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even this works")

    raise StrangeError


def exits(_history: History, _settings: Mapping[str, Any]) -> Report:
    sys.exit(7)


def exits_at_once(_history: History, _settings: Mapping[str, Any]) -> Report:
    os._exit(0)


def dies(_history: History, _settings: Mapping[str, Any]) -> Report:
    print("these are my last words")
    sys.stdout.flush()
    os.abort()


def hangs(_history: History, _settings: Mapping[str, Any]) -> Report:
    (Path(os.environ["UNRULY_FOLDER"]) / "pids").write_text(f"{os.getpid()} {_sleeper().pid}")
    time.sleep(600)
    return Report()


def leaves_a_child(_history: History, _settings: Mapping[str, Any]) -> Report:
    (Path(os.environ["UNRULY_FOLDER"]) / "pids").write_text(f"{os.getpid()} {_sleeper().pid}")
    return Report()


def _sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def eats(_history: History, _settings: Mapping[str, Any]) -> Report:
    eaten = []
    while True:
        eaten.append(b"x" * 10_000_000)
        time.sleep(0.005)


def child_eats(_history: History, _settings: Mapping[str, Any]) -> Report:
    code = "import time; x = b'x' * 900_000_000; time.sleep(600)"
    subprocess.run([sys.executable, "-c", code], check=True)
    return Report()


def floods(_history: History, _settings: Mapping[str, Any]) -> Report:
    while True:
        print("x" * 1_000_000)


def prints(history: History, _settings: Mapping[str, Any]) -> Report:
    print("[0.5, 1]")
    os.write(1, b"garbage\n{}\n[1, 2, 3]\n")
    history.progress(1, 2)
    return Report([Point("prints.value", AT, 1.0)])


def leaves_files(_history: History, _settings: Mapping[str, Any]) -> Report:
    Path(tempfile.mkstemp()[1]).write_text("left behind")
    return Report()


def forges(_history: History, _settings: Mapping[str, Any]) -> Report:
    (Path(sys.argv[1]) / "report.json").write_text('{"points": [[1]], "insights": [], "artifacts": []}')
    os._exit(0)


def gives_nothing(_history: History, _settings: Mapping[str, Any]) -> Any:
    return None


def gives_nan(_history: History, _settings: Mapping[str, Any]) -> Report:
    return Report([Point("gives_nan.value", AT, float("nan"))])


def gives_strange_text(_history: History, _settings: Mapping[str, Any]) -> Report:
    name = "a\0b\ud800c"
    evidence = [Evidence(EvidenceKind.FILE, name)]
    insight = Insight(InsightType.PLUGIN, Severity.INFO, name, "\\u0000", 1.0, evidence, data={name: name})
    return Report(insights=[insight], artifacts=[Artifact(name, ArtifactKind.TABLE, name, {name: [name]})])


def tells_strange_progress(history: History, _settings: Mapping[str, Any]) -> Report:
    for done, total in ((float("nan"), 1), (-5, 1), (9, 1), (1, 0), ("x", None)):
        history.progress(done, total)  # type: ignore[arg-type]
        time.sleep(0.25)
    return Report()


def reads_settings(_history: History, settings: Mapping[str, Any]) -> Report:
    return Report([Point("reads_settings.value", AT, float(settings["level"]))])


BODIES: Sequence[Body] = (
    raises,
    raises_strangely,
    exits,
    exits_at_once,
    dies,
    hangs,
    leaves_a_child,
    eats,
    child_eats,
    floods,
    prints,
    leaves_files,
    forges,
    gives_nothing,
    gives_nan,
    gives_strange_text,
    tells_strange_progress,
    reads_settings,
)


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    return [
        Analyzer(
            body.__name__,
            body.__name__,
            "1",
            body,
            (Metric(f"{body.__name__}.value", "Value", "units", "A value."),),
        )
        for body in BODIES
    ]


@hookimpl
def register_settings() -> Sequence[Setting]:
    return [Setting("level", 5, "a number", int), Setting("token", 1, "a secret number", int, secret=True)]
