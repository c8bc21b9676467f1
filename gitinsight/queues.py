"""The job queue: handing stages to workers by RQ, and asking what became of them.

Jobs carry a stage's id and nothing else; the database says what is to be done, so a job that is run
twice or lost does no harm. ``interactive`` is served before ``default``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from uuid import UUID

from redis import Redis
from rq import Queue, Retry, Worker
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

INTERACTIVE = "interactive"
DEFAULT = "default"
NAMES = (INTERACTIVE, DEFAULT)
RESULT_TTL_SECONDS = 300
WORKER_TTL_SECONDS = 30
WAITING = frozenset({JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED})


class JobQueues:
    """The queues on one Redis; the connection never times out on a blocking read."""

    def __init__(self, redis_url: str) -> None:
        self.connection = Redis.from_url(redis_url, socket_timeout=None, socket_connect_timeout=5)
        self._queues = {
            name: Queue(name, connection=self.connection, serializer=JSONSerializer) for name in NAMES
        }

    @property
    def all(self) -> list[Queue]:
        """The queues in the order in which workers serve them."""
        return [self._queues[name] for name in NAMES]

    def enqueue(
        self,
        function: str,
        subject_id: UUID,
        *,
        timeout_seconds: int,
        urgent: bool = False,
        again: bool = False,
    ) -> None:
        """Queue a call of a dotted function name with an id (a stage's, a repository's) as its one argument.

        ``again`` is for a second run that may be queued while the job of the first is still closing.
        """
        first, second = _job_ids(subject_id)
        self._queues[INTERACTIVE if urgent else DEFAULT].enqueue_call(
            function,
            args=[str(subject_id)],
            job_id=second if again else first,
            timeout=timeout_seconds,
            result_ttl=RESULT_TTL_SECONDS,
            failure_ttl=RESULT_TTL_SECONDS,
            # A retry after a pause would need a scheduler of RQ's beside the workers.
            retry=Retry(max=2),
        )

    def lost(self, stage_ids: Iterable[UUID]) -> set[UUID]:
        """Those stages that no queue holds and no worker has."""
        wanted = {job_id: stage_id for stage_id in stage_ids for job_id in _job_ids(stage_id)}
        jobs = Job.fetch_many(list(wanted), connection=self.connection, serializer=JSONSerializer)
        held = {
            stage_id
            for stage_id, job in zip(wanted.values(), jobs, strict=True)
            if job is not None and job.get_status(refresh=False) in WAITING
        }
        return set(wanted.values()) - held

    def stop(self, stage_id: UUID) -> None:
        """Take a stage from its queue or end the process that works on it; unknown ones are fine."""
        for job_id in _job_ids(stage_id):
            with contextlib.suppress(NoSuchJobError, InvalidJobOperation):
                job = Job.fetch(job_id, connection=self.connection, serializer=JSONSerializer)
                if job.get_status(refresh=False) == JobStatus.STARTED:
                    send_stop_job_command(self.connection, job_id, serializer=JSONSerializer)
                else:
                    job.delete()

    def depth(self) -> dict[str, int]:
        """How many jobs wait in each queue."""
        return {name: queue.count for name, queue in self._queues.items()}

    def workers(self) -> tuple[int, int]:
        """How many workers there are, and how many of them work at this moment."""
        found = Worker.all(connection=self.connection, serializer=JSONSerializer)
        return len(found), sum(worker.get_state() == WorkerStatus.BUSY for worker in found)


def _job_ids(subject_id: UUID) -> tuple[str, str]:
    """The ids of the jobs for a first and for a second run."""
    return str(subject_id), f"{subject_id}-again"
