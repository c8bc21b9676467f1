"""Streams of events for programs: what was published, then what comes, as far as the reader may see it now.

A stream listens first and replays then, so that nothing falls between; what it has told already it passes
over. The events table is the memory: a reader that comes back with the number of the last event that it saw
misses nothing, whatever died meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from uuid import UUID

from gitinsight.domain.access import Permission, Viewer, allows
from gitinsight.domain.events import REPOSITORY, USER, PublishedEvent
from gitinsight.errors import NotFound
from gitinsight.services import feeds, repositories
from gitinsight.services.context import session, tools
from gitinsight.store import events
from gitinsight.store.events import Scope
from gitinsight.store.people import User

_BATCH = 200
RIGHTS_SECONDS = 5.0
"""For so long a stream goes by what it knows of who may see a repository."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, oldest first; ``last_event_id`` is where to go on, ``more`` says that there are some already."""

    items: list[PublishedEvent]
    last_event_id: int
    more: bool


@dataclass
class Stream:
    """The events of a scope; made by the functions below, which check that the viewer may read it."""

    scope: Scope
    _known: dict[UUID, tuple[bool, float]] = field(default_factory=dict)

    def page(self, after: int | None, most: int) -> EventPage:
        """At most so many events after one, or the newest ones where none is named."""
        newest = self._newest()
        if after is None:
            found = [feeds.as_published(row) for row in events.newest(session(), most, self.scope)]
            more = False
        else:
            found = feeds.replay(self._start(after), self.scope, most + 1)
            found, more = found[:most], len(found) > most
        last = found[-1].sequence if found else 0
        return EventPage(found, last if more else max(last, newest), more)

    def follow(self, after: int | None, quiet_seconds: float) -> Generator[PublishedEvent | None, None, None]:
        """The events after one, or from now on, as they come; None where nothing came for a while.

        Ends where the reader is too slow: it should come back with the last number that it saw. No database
        session is held while it waits.
        """
        with tools().hub.subscribe(self._may_want) as subscription:
            position = self._newest() if after is None else self._start(after)
            while missed := feeds.replay(position, self.scope, _BATCH):
                session().rollback()
                yield from missed
                position = missed[-1].sequence
            session().rollback()
            while not subscription.overflowed:
                came = subscription.next(quiet_seconds)
                if came is None:
                    yield None
                elif came.sequence > position and self._sees(came):
                    position = came.sequence
                    yield came

    def _newest(self) -> int:
        return events.last_sequence(session())

    def _start(self, after: int) -> int:
        """Where to go on; a number that was never given is of another database, so all is news."""
        return after if after <= self._newest() else 0

    def _may_want(self, event: PublishedEvent) -> bool:
        """A first look, for each event of the installation."""
        wanted = self.scope.repository_id
        return wanted is None or event.repository_id == wanted

    def _sees(self, event: PublishedEvent) -> bool:
        if event.topic.startswith(USER):
            return self.scope.follower_id is not None and event.user_id == self.scope.follower_id
        if not event.topic.startswith(REPOSITORY) or event.repository_id is None:
            return self.scope.has_installation
        known, until = self._known.get(event.repository_id, (False, 0.0))
        if time.monotonic() > until:
            known = events.has_repository(session(), self.scope, event.repository_id)
            session().rollback()
            self._known[event.repository_id] = known, time.monotonic() + RIGHTS_SECONDS
        return known


def of_repository(viewer: Viewer, repository_id: UUID) -> Stream:
    """What happens to one repository; RepositoryNotFound where it does not exist for the viewer."""
    repositories.get(viewer, repository_id)
    return Stream(Scope(viewer, repository_id=repository_id))


def of_all(viewer: Viewer) -> Stream:
    """What happens to all repositories that the viewer may see; for admins also to the installation."""
    repositories.require(viewer, Permission.REPOSITORY_READ)
    return Stream(Scope(viewer))


def of_user(viewer: Viewer, user_id: UUID) -> Stream:
    """What a user did, and what happens to the repositories that he follows; for himself and for admins.

    To others it is NotFound, whether there is such a user or not.
    """
    is_open = viewer.user_id == user_id or allows(viewer, Permission.ADMIN_USERS)
    if not is_open or session().get(User, user_id) is None:
        raise NotFound("There is no user of this id.")
    repositories.require(viewer, Permission.REPOSITORY_READ)
    return Stream(Scope(viewer, follower_id=user_id))
