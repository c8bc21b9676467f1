"""What Prometheus scrapes at ``/metrics``: the requests of all web processes, and how the installation does.

Counters of several web processes are added up through files in ``PROMETHEUS_MULTIPROC_DIR``, which the command
``gitinsight web`` names; what the database and Redis know is asked for at each scrape.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from gitinsight import __version__
from gitinsight.config import SHARED_COUNTERS
from gitinsight.domain.access import OPERATOR
from gitinsight.services import health, oversight

log = structlog.get_logger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Histogram(
    "gitinsight_http_request_seconds",
    "Seconds until a request was answered, by the rule of its address, which is empty where it leads nowhere",
    ["method", "route", "status"],
    buckets=(0.005, 0.025, 0.1, 0.5, 2.5, 10.0),
)


def init_app(app: Flask) -> None:
    """Measure every request."""
    app.after_request(_measure)


def _measure(answer: Response) -> Response:
    method = request.method if request.method in _METHODS else "other"
    route = request.url_rule.rule if request.url_rule else ""
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    REQUESTS.labels(method, route, str(answer.status_code)).observe(seconds)
    return answer


def exposition() -> Response:
    """All figures in Prometheus' text format."""
    counted, folder = REGISTRY, os.environ.get(SHARED_COUNTERS)
    if folder:
        _forget_the_dead(Path(folder))
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    asked = CollectorRegistry()
    asked.register(_Installation())
    return Response(generate_latest(counted) + generate_latest(asked), content_type=CONTENT_TYPE_LATEST)


def _forget_the_dead(folder: Path) -> None:
    """Leave out what a process held open that is gone; what it counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        process = file.stem.rpartition("_")[2]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            mark_process_dead(int(process), str(folder))  # type: ignore[no-untyped-call]


class _Installation(Collector):
    """What all processes share; where the database is down only which parts work."""

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield _gauge("gitinsight_info", "The version that answers", ["version"], {(__version__,): 1})
        parts = {(part.name,): int(part.ok) for part in health.check().parts}
        yield _gauge("gitinsight_part_up", "Whether a part works: 1 or 0", ["part"], parts)
        try:
            found = oversight.statistics(OPERATOR)
        except SQLAlchemyError as error:
            log.warning("statistics_unavailable", reason=type(error).__name__)
            return
        yield _gauge(
            "gitinsight_repositories",
            "Repositories by how their analysis stands",
            ["status"],
            {(str(status),): count for status, count in found.repositories.items()},
        )
        yield _gauge("gitinsight_users", "Users", [], {(): found.users})
        yield _gauge("gitinsight_database_bytes", "Size of the database", [], {(): found.database_bytes})
        yield _gauge(
            "gitinsight_home_free_bytes", "Free space in the home folder", [], {(): found.free_bytes}
        )
        work = {
            "analysis": found.analyses,
            **{f"analyzer:{name}": one for name, one in found.analyzers.items()},
        }
        yield _gauge(
            "gitinsight_work_ended",
            "Analyses and analyzers' stages that ended in the last day, by outcome",
            ["work", "state"],
            {(name, str(state)): count for name, one in work.items() for state, count in one.ended.items()},
        )
        yield _gauge(
            "gitinsight_work_seconds",
            "Seconds of those that came to their end: the median, and what 95 % stay within",
            ["work", "quantile"],
            {
                (name, quantile): seconds
                for name, one in work.items()
                for quantile, seconds in (("0.5", one.median_seconds), ("0.95", one.slow_seconds))
                if seconds is not None
            },
        )
        if found.workers:
            yield _gauge("gitinsight_workers", "Worker processes", [], {(): found.workers.present})
            yield _gauge(
                "gitinsight_workers_busy", "Workers with a job in hand", [], {(): found.workers.busy}
            )
            waiting = {(queue,): count for queue, count in found.workers.waiting.items()}
            yield _gauge("gitinsight_queue_jobs", "Jobs that wait, by queue", ["queue"], waiting)


def _gauge(name: str, meaning: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    """A figure with its values by the texts of its labels, a tuple each."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for given, value in values.items():
        family.add_metric(list(given), value)
    return family
