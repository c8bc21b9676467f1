"""Refused requests in the audit log: a row for each kind of refusal a minute, however many requests come.

Whoever is refused can ask again at once, so what is written is limited for each and for all together;
the process's own log has every refusal.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gitinsight.domain import clock
from gitinsight.domain.access import Viewer
from gitinsight.services import feeds
from gitinsight.services.context import session, tools

log = structlog.get_logger(__name__)


def note(viewer: Viewer, endpoint: str, code: str, facts: Mapping[str, str]) -> None:
    """Write down that a request was refused, in a transaction of its own; the request's is given up."""
    log.warning("access_refused", actor=viewer.name, endpoint=endpoint, code=code, **facts)
    refusal = (viewer.user_id, facts.get("address"), endpoint, code)
    if not tools().refusals.is_news(refusal, clock.now()):
        return
    try:
        session().rollback()
        feeds.audit(viewer, "access.refused", ("endpoint", endpoint), code=code, **facts)
        session().commit()
    except SQLAlchemyError as error:
        session().rollback()
        log.error("refusal_not_audited", reason=str(error))
