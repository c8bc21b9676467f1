"""Doing queued jobs inside the test's own process, in the order in which a worker takes them."""

from __future__ import annotations

from rq.job import Job
from rq.serializers import JSONSerializer

from gitinsight import jobs
from gitinsight.services.context import tools


def work_off(most: int = 100) -> int:
    """Do queued stages until the queues are empty; how many were done."""
    for done in range(most):
        if not work_next():
            return done
    raise AssertionError(f"the queue is not empty after {most} jobs")


def work_next() -> bool:
    """Do the next queued stage; false where there is none."""
    queues = tools().queues
    waiting = [job_id for queue in queues.all for job_id in queue.get_job_ids()]
    if not waiting:
        return False
    job = Job.fetch(waiting[0], connection=queues.connection, serializer=JSONSerializer)
    function, subject = job.func_name.removeprefix("gitinsight.jobs."), job.args[0]
    job.delete()
    getattr(jobs, function)(subject)
    return True
