"""Which refusals a process has written down already, so that asking again and again fills no table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
MOST_A_WINDOW = 60
"""How many rows a process writes in a minute."""


@dataclass(slots=True)
class RefusalMemory:
    """What this process has written down in the present minute."""

    since: datetime | None = None
    told: set[tuple[object, ...]] = field(default_factory=set)

    def is_news(self, refusal: tuple[object, ...], at: datetime) -> bool:
        """Whether the refusal is to be written down; once, then no more in this minute."""
        if self.since is None or at - self.since >= WINDOW:
            self.since = at
            self.told.clear()
        if refusal in self.told or len(self.told) >= MOST_A_WINDOW:
            return False
        self.told.add(refusal)
        return True
