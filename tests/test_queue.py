"""The queue: what it holds, what it lost, and how a stage is taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from gitinsight.queues import DEFAULT, INTERACTIVE, JobQueues


@pytest.fixture
def queues(redis_url: str) -> Iterator[JobQueues]:
    found = JobQueues(redis_url)
    yield found
    found.connection.close()


def work(queues: JobQueues) -> None:
    """Do what is queued in this process, as a worker of RQ would."""
    SimpleWorker(queues.all, connection=queues.connection, serializer=JSONSerializer).work(
        burst=True, logging_level="CRITICAL"
    )


def put(queues: JobQueues, function: str = "builtins.len", **rest: bool) -> UUID:
    stage_id = uuid4()
    queues.enqueue(function, stage_id, timeout_seconds=60, **rest)
    return stage_id


def test_urgent_stages_have_a_queue_of_their_own_that_is_served_first(queues: JobQueues) -> None:
    usual, urgent = put(queues), put(queues, urgent=True)

    assert queues.depth() == {INTERACTIVE: 1, DEFAULT: 1}
    assert [queue.name for queue in queues.all] == [INTERACTIVE, DEFAULT]
    assert queues.all[0].get_job_ids() == [str(urgent)]
    assert queues.all[1].get_job_ids() == [str(usual)]


def test_a_stage_is_lost_when_no_queue_holds_it_and_no_worker_has_it(queues: JobQueues) -> None:
    waiting, unknown = put(queues), uuid4()

    assert queues.lost([waiting, unknown]) == {unknown}
    assert queues.lost([]) == set()


def test_a_stage_is_lost_when_redis_forgot_it(queues: JobQueues, redis_url: str) -> None:
    stage_id = put(queues)
    with Redis.from_url(redis_url) as connection:
        connection.flushall()

    assert queues.lost([stage_id]) == {stage_id}


def test_a_stage_that_was_worked_on_is_no_longer_in_the_queue(queues: JobQueues) -> None:
    done, failed = put(queues), put(queues, "builtins.int")

    work(queues)

    assert queues.depth() == {INTERACTIVE: 0, DEFAULT: 0}
    assert queues.lost([done, failed]) == {done, failed}


def test_a_stage_can_be_taken_from_the_queue(queues: JobQueues) -> None:
    stage_id = put(queues)

    queues.stop(stage_id)
    queues.stop(stage_id)

    assert queues.depth()[DEFAULT] == 0
    assert queues.lost([stage_id]) == {stage_id}


def test_stopping_what_nobody_knows_is_fine(queues: JobQueues) -> None:
    stage_id = put(queues)
    queues.stop(uuid4())
    assert queues.lost([stage_id]) == set()


def test_stopping_a_stage_whose_worker_is_gone_is_fine(queues: JobQueues) -> None:
    stage_id = put(queues)
    job = queues.all[1].fetch_job(str(stage_id))
    job.set_status("started")
    job.save()

    queues.stop(stage_id)

    assert queues.all[1].fetch_job(str(stage_id)) is not None, "it is left to whoever looks for lost ones"


def test_a_lost_stage_can_be_queued_again(queues: JobQueues) -> None:
    stage_id = put(queues, "builtins.int")
    work(queues)

    queues.enqueue("builtins.len", stage_id, timeout_seconds=60)

    assert queues.lost([stage_id]) == set()
    work(queues)
    assert queues.all[1].fetch_job(str(stage_id)).return_value() == 36
