"""The tools that use cases work with, put together once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy.orm import Session

from gitinsight.boards import Boards
from gitinsight.bus import Bus, Hub
from gitinsight.config import Settings
from gitinsight.limits import Limiter
from gitinsight.queues import JobQueues
from gitinsight.registry import Registry
from gitinsight.services.inference import InferencePool
from gitinsight.services.keyring import KeyRing
from gitinsight.services.refusal_memory import RefusalMemory
from gitinsight.store.base import db
from gitinsight.vault import Vault

EXTENSION = "gitinsight"


@dataclass(frozen=True)
class Toolbox:
    """Everything that one process shares; nothing here connects before it is used."""

    settings: Settings
    registry: Registry
    bus: Bus
    hub: Hub
    boards: Boards
    queues: JobQueues
    inference: InferencePool
    vault: Vault
    limiter: Limiter
    key_ring: KeyRing = field(default_factory=KeyRing)
    refusals: RefusalMemory = field(default_factory=RefusalMemory)


def tools() -> Toolbox:
    """The toolbox of the running application."""
    toolbox: Toolbox = current_app.extensions[EXTENSION]
    return toolbox


def session() -> Session:
    """The database session of this request or job."""
    return db.session()
