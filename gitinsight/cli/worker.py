"""The RQ worker of the product: nothing outlives it, and what it leaves undone is soon found."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterable
from typing import Any

import psutil
import structlog
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from gitinsight.queues import WORKER_TTL_SECONDS, JobQueues

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.5


class StageWorker(Worker):
    """A worker whose work horse ends with it, and whose job is another's soon after its death.

    A job that its worker drops is taken out of the queue's records: the job's row in the database
    still says that it is to be done, and the scheduler hands it over again.
    """

    @classmethod
    def on(cls, queues: JobQueues, name: str | None = None) -> StageWorker:
        """A worker for all queues; a dead one of the same name is buried first."""
        if name is not None:
            _bury(queues, name)
        return cls(
            queues.all,
            name=name,
            connection=queues.connection,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_SECONDS,
            job_monitoring_interval=5,
            maintenance_interval=5,
            log_job_description=False,
        )

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002
        """Seconds without a sign of life after which a job counts as abandoned; RQ's own are a minute more."""
        return WORKER_TTL_SECONDS

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """The forked process's own main: the work, and a watch on the worker."""
        threading.Thread(target=_end_with, args=(self.pid,), daemon=True).start()
        super().main_work_horse(job, queue)

    def request_force_stop(self, signum: int, frame: Any) -> None:
        """End the work horse and this process, and drop the job that was in hand."""
        held = [execution.job_id for execution in self.executions.values()]
        try:
            super().request_force_stop(signum, frame)
        except SystemExit:
            _drop(held, self.connection)
            raise


def _bury(queues: JobQueues, name: str) -> None:
    """Unregister a dead worker and drop what it had in hand."""
    key = StageWorker.redis_worker_namespace_prefix + name
    dead = StageWorker.find_by_key(key, connection=queues.connection, serializer=JSONSerializer)
    if dead is not None:
        held = [execution.job_id for execution in dead.get_current_executions()]
        _drop(held, queues.connection)
        dead.register_death()  # type: ignore[no-untyped-call]
        if held:
            log.warning("worker_taken_over", name=name, jobs=held)


def _drop(job_ids: Iterable[str], connection: Any) -> None:
    for job_id in job_ids:
        with contextlib.suppress(NoSuchJobError):
            Job.fetch(job_id, connection=connection, serializer=JSONSerializer).delete()


def _end_with(worker_pid: int) -> None:
    """Wait until the worker is gone, then end this work horse and all that it has started.

    The horse goes first, by a forked hand: one that still lived would note the death of its analyzer
    or of its git as the analysis's failure.
    """
    while os.getppid() == worker_pid:
        time.sleep(_LOOK_SECONDS)
    horse = os.getpid()
    family = [horse, *(child.pid for child in psutil.Process().children(recursive=True))]
    if os.fork() == 0:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)
