"""How many answers that go on for long one reader may have at once: each takes a place in this process."""

from __future__ import annotations

import threading
from collections import Counter

from flask import request
from prometheus_client import Gauge

from gitinsight.domain.quotas import network_of
from gitinsight.errors import RateLimitExceeded
from gitinsight.web.guard import viewer

MOST_OPEN = 100
"""Of one user, or of the guests at one address; a browser opens one for each tab."""
_RETRY_SECONDS = 30

OPEN = Gauge("gitinsight_live_open", "Live feeds and streams that are open", multiprocess_mode="livesum")

_open: Counter[str] = Counter()
_lock = threading.Lock()


class Place:
    """One place, from its making until it is left; RateLimitExceeded where the reader has taken all of his."""

    def __init__(self) -> None:
        user_id = viewer().user_id
        self._owner = str(user_id) if user_id else network_of(request.remote_addr or "")
        with _lock:
            if _open[self._owner] >= MOST_OPEN:
                raise RateLimitExceeded(
                    f"{MOST_OPEN} live feeds and streams are open already: close one first.",
                    retry_after=_RETRY_SECONDS,
                )
            _open[self._owner] += 1
        OPEN.inc()

    def leave(self) -> None:
        """Give the place back; once is enough, and more does no harm."""
        with _lock:
            owner, self._owner = self._owner, ""
            if not owner:
                return
            _open[owner] -= 1
            if not _open[owner]:
                del _open[owner]
        OPEN.dec()
