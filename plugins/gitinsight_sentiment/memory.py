"""Answers that are remembered, but never more than a given number of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class Remembered(dict[str, Answer]):
    """A dict that finds what it lacks with ``find``; it forgets all when it holds ``most`` answers.

    A dict's own look-up is several times as fast as a call of Python's, which counts where there is one a word.
    """

    def __init__(self, find: Callable[[str], Answer], most: int) -> None:
        super().__init__()
        self._find = find
        self._most = most

    def __missing__(self, asked: str) -> Answer:
        answer = self._find(asked)
        if len(self) >= self._most:
            self.clear()
        self[asked] = answer
        return answer
