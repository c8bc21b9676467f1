"""The models that plugins bring, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gitinsight.domain.access import Viewer
from gitinsight.domain.report import Bucket
from gitinsight.errors import InferenceFailed, ModelNotFound, ValidationError
from gitinsight.services import insights, repositories
from gitinsight.services.context import tools

_WEEK = timedelta(weeks=1)


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


def predict_trends(
    values: Sequence[float], horizon: int, times: Sequence[datetime] = (), aggregate: str = "mean"
) -> Answered:
    """What the model of the task ``forecast`` says of a series, as its one item.

    Without ``times`` the values are weeks one after the other. Raises ValidationError where the model
    refuses the series, with its reason, and as ``judge_sentiment``.
    """
    model = _of_task("forecast")
    arguments = {
        "values": list(values),
        "horizon": horizon,
        "times": [time.isoformat() for time in times],
        "aggregate": aggregate,
    }
    item = tools().inference.call(model.name, arguments)
    if not isinstance(item, dict) or "refused" not in item:
        raise InferenceFailed(f"The model {model.name} did not answer with a forecast.")
    if item["refused"]:
        reason = str(item["refused"])
        raise ValidationError(f"{reason[:1].upper()}{reason[1:]}.")
    return Answered(model, [item])


def predict_metric(viewer: Viewer, repository_id: UUID, metric: str, horizon: int) -> Answered:
    """The same of a weekly metric of a repository, up to the last week that was over when it was analysed.

    Raises ValidationError for a metric that is not weekly or has no values, and as ``insights.series``.
    """
    wanted = insights.definition(metric)
    if wanted.bucket is not Bucket.WEEK:
        raise ValidationError(
            f"The metric {metric} is not a weekly one but of each {wanted.bucket}.", metric=metric
        )
    analyzed = repositories.get(viewer, repository_id).last_analyzed
    found = insights.series(viewer, repository_id, [metric])
    points = [
        (point.at, point.value)
        for series in found
        for point in series.points
        if not point.dimension
        and point.value is not None
        and (analyzed is None or point.at + _WEEK <= analyzed)
    ]
    if not points:
        raise ValidationError(f"The metric {metric} has no complete week with a value yet.", metric=metric)
    return predict_trends([value for _, value in points], horizon, [at for at, _ in points])


def _of_task(task: str) -> ModelView:
    """The first model that does the task."""
    for model in listing():
        if model.task == task:
            return model
    raise ModelNotFound(f"No plugin brings a model for the task {task}.", task=task)
