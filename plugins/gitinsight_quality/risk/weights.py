"""The file of weights as it was shipped; reading it needs neither numpy nor Polars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any


def shipped_text() -> str:
    """The text of ``weights.json``."""
    return (files("gitinsight_quality.risk") / "weights.json").read_text(encoding="utf-8")


def shipped() -> Mapping[str, Any]:
    """``version, intercept, weights`` and the ``card`` that says where they come from."""
    content: Mapping[str, Any] = json.loads(shipped_text())
    return content


def accuracy() -> Mapping[str, float]:
    """What the model reached on repositories that it was not fitted on, lines of code alone beside it."""
    card = shipped()["card"]
    over, means = card["over_loc"]["risk"], card["left_out"]
    return {
        "auc_left_out": means["risk"]["auc"][0],
        "auc_lines_of_code": means["loc"]["auc"][0],
        "auc_over_lines_of_code": over["auc"][0],
        "auc_over_lines_of_code_low": over["auc"][1],
        "auc_over_lines_of_code_high": over["auc"][2],
        "precision_at_20_left_out": means["risk"]["precision_at_20"][0],
        "precision_at_20_lines_of_code": means["loc"]["precision_at_20"][0],
        "precision_at_20_over_lines_of_code": over["precision_at_20"][0],
        "precision_at_20_over_lines_of_code_low": over["precision_at_20"][1],
        "precision_at_20_over_lines_of_code_high": over["precision_at_20"][2],
        "judged_repositories": card["judged_repositories"],
        "judged_windows": card["judged_windows"],
    }
