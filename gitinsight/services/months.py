"""The partitions of tables that are kept by month."""

from __future__ import annotations

import time

from sqlalchemy.exc import OperationalError

from gitinsight.domain import clock
from gitinsight.services.context import session
from gitinsight.store import partitions

_TRIES = 20
_PAUSE_SECONDS = 0.5


def make_partitions() -> list[str]:
    """Make the partitions of this month and the next two; the names of the new ones.

    While analyses keep the tables busy it tries again for 10 s, then raises OperationalError.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            made = partitions.ensure(session().connection(), clock.now().date())
            session().commit()
            return made
        except OperationalError:
            session().rollback()
            if not tries_left:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")
