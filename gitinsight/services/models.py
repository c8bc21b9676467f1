"""The models that plugins bring, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitinsight.errors import InferenceFailed, ModelNotFound, ValidationError
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


def analyze_code(code: str, language: str, path: str) -> Answered:
    """What the model of the task ``code-analysis`` says of a text, as its one item.

    ``language`` may be in any case, or empty for the one that the path or the text tells. Raises
    ValidationError for a language that the model does not know, and as ``judge_sentiment``.
    """
    model = _of_task("code-analysis")
    known = {name.lower(): name for name in model.card.get("languages", ())}
    if language and language.lower() not in known:
        names = ", ".join(sorted(known.values()))
        raise ValidationError(f"There is no language {language!r}; there are {names}.", language=language)
    arguments = {"code": code, "language": known.get(language.lower(), ""), "path": path}
    item = tools().inference.call(model.name, arguments)
    if not isinstance(item, dict):
        raise InferenceFailed(f"The model {model.name} did not answer with an object.")
    return Answered(model, [item])


def _of_task(task: str) -> ModelView:
    """The first model that does the task."""
    for model in listing():
        if model.task == task:
            return model
    raise ModelNotFound(f"No plugin brings a model for the task {task}.", task=task)
