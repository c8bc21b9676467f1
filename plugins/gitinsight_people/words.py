"""Numbers in words."""

from __future__ import annotations

_SMALL = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def people_in_words(count: int, noun: str = "") -> str:
    """``Two people``, ``One regular``, ``1,204 people``: to begin a sentence with."""
    number = _SMALL[count] if count < len(_SMALL) else f"{count:,}"
    if noun:
        return f"{number} {noun}{'' if count == 1 else 's'}"
    return f"{number} {'person' if count == 1 else 'people'}"


def percent(share: float) -> str:
    """``81 %``; ``under 1 %`` and ``over 99 %`` where rounding would say none or all."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"
