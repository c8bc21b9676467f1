"""What people may know of the shipped model: what it learned from, how well it does, where it errs.

The figures and the inputs stand in ``model.json``, which the training command writes beside the weights.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

NAME = "linear-se"
TITLE = "Linear model on words, pairs and rules for developers' English, calibrated on GitHub comments"
FILE = "model.json"

SETS: dict[str, dict[str, str]] = {
    "github.csv": {
        "about": "pull-request and commit comments, Novielli et al., MSR 2020",
        "licence": "CC BY 4.0",
        "use": "training",
    },
    "so_senti4sd.csv": {
        "about": "Stack Overflow posts, Calefato et al., EMSE 2018",
        "licence": "MIT",
        "use": "training",
    },
    "pr_premo.csv": {
        "about": "pull-request messages, PRemo, 2025",
        "licence": "MIT",
        "use": "training",
    },
    "jira_ortu.csv": {
        "about": "JIRA comments, Ortu et al., MSR 2016",
        "licence": "unclear",
        "use": "evaluation",
    },
    "jira_deva.csv": {
        "about": "JIRA comments, Islam and Zibran, SAC 2018",
        "licence": "unclear",
        "use": "evaluation",
    },
    "commits_eval.csv": {
        "about": "commit messages of flask and redis, one annotator, about half picked by keyword",
        "licence": "none needed",
        "use": "evaluation",
    },
    "codereview_senticr.csv": {
        "about": "code review comments, SentiCR, Ahmed et al., ASE 2017: negative or not",
        "licence": "GPL-3.0",
        "use": "evaluation",
    },
}
"""The labelled sets by file name: where they are from, under which licence, and what they are used for."""
BINARY = frozenset({"codereview_senticr.csv"})
"""Sets that know negative and not negative only."""

KNOWN_ERRORS = (
    "irony is taken at its word: thanks for a build that broke again reads positive",
    "a feeling that no single word or pair of words carries is missed",
    "a person's or a library's name that is a word of feeling may count as one",
    "polite formulas such as thanks and sorry count as feelings, as the annotators of the data had it",
    "only English is judged, and only the first 1,000 characters of a text",
)


@lru_cache(maxsize=1)
def card() -> dict[str, Any]:
    """The model card as plain JSON: ``inputs``, ``data``, ``scores`` by set, ``known_errors``."""
    measured: dict[str, Any] = json.loads((files("gitinsight_sentiment") / FILE).read_bytes())
    return {
        "data": SETS,
        "language": "English",
        "labels": ["negative", "neutral", "positive"],
        "known_errors": list(KNOWN_ERRORS),
        **measured,
    }


def version() -> str:
    """The version of the shipped weights."""
    found: str = card()["version"]
    return found


def accuracy() -> dict[str, float]:
    """The figures that ``GET /ai/models`` lists by name: of unseen texts each, by cross-validation if need be."""
    found = {}
    for name, score in card()["scores"].items():
        stem = name.removesuffix(".csv")
        found[f"{stem}_macro_f1"] = score["macro_f1"]
        found[f"{stem}_macro_f1_low"], found[f"{stem}_macro_f1_high"] = score["interval"]
        found[f"{stem}_accuracy"] = score["accuracy"]
        found[f"{stem}_calibration_error"] = score["calibration_error"]
    return found
