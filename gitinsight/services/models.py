"""The models that plugins bring, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitinsight.errors import InferenceFailed, ModelNotFound
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


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model returned, and which model it was."""

    model: ModelView
    items: Sequence[Any]


def judge_sentiment(texts: Sequence[str]) -> Answered:
    """What the model of the task ``sentiment`` says of each text, computed in the pool of processes.

    Raises ModelNotFound where no plugin brings one, and what ``InferencePool.call`` raises.
    """
    model = _of_task("sentiment")
    items = tools().inference.call(model.name, {"texts": list(texts)})
    if not isinstance(items, list) or len(items) != len(texts):
        raise InferenceFailed(f"The model {model.name} did not answer one item for each text.")
    return Answered(model, items)


def _of_task(task: str) -> ModelView:
    """The first model that does the task."""
    for model in listing():
        if model.task == task:
            return model
    raise ModelNotFound(f"No plugin brings a model for the task {task}.", task=task)
