"""The models that plugins bring, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitinsight.services.context import tools


@dataclass(frozen=True, slots=True)
class ModelView:
    name: str
    task: str
    version: str
    title: str
    plugin: str
    size_bytes: int
    accuracy: Mapping[str, float]
    card: Mapping[str, Any]


def listing() -> list[ModelView]:
    """Every registered model; none is loaded for it."""
    return [
        ModelView(
            model.name,
            model.task,
            model.version,
            model.title,
            plugin,
            model.size_bytes,
            model.accuracy,
            model.card,
        )
        for plugin, model in tools().registry.models
    ]
