"""The models that plugins bring, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def listing() -> list[ModelView]:
    """Every registered model; none is loaded for it."""
    return [
        ModelView(
            model.name, model.task, model.version, model.title, plugin, model.size_bytes, model.accuracy
        )
        for plugin, model in tools().registry.models
    ]
