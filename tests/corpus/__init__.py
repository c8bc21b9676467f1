"""Repositories that break careless readers of history, each made of real git objects in a second or two.

``EXACT`` are odd but whole: what is read of them must be what git prints. ``FORBIDDEN`` are those of
them that no mirror takes, because git's own check of what is fetched refuses them. ``DAMAGES`` break a
repository in one way each.
"""

from tests.corpus import commits, files, shapes  # noqa: F401 - each adds its cases to EXACT
from tests.corpus.cases import EXACT, FORBIDDEN, raw_history
from tests.corpus.damage import DAMAGES, flip, pack_of, packed

__all__ = ["DAMAGES", "EXACT", "FORBIDDEN", "flip", "pack_of", "packed", "raw_history"]
