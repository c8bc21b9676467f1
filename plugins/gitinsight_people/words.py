"""Numbers in words, and what findings have in common."""

from __future__ import annotations

_SMALL = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
YEAR_DAYS = 365.25
COUNTED = "Counted, not estimated."
SURE = 0.99
"""The confidence in what was counted."""
SHOWN = 20
"""Most pieces of evidence of a finding."""


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


def span_in_words(days: float) -> str:
    """``17 days``, ``14 months``, ``3.2 years``: a length of time as people say it."""
    if days < 60:
        return f"{days:.0f} day{'' if round(days) == 1 else 's'}"
    if days < 2 * YEAR_DAYS:
        return f"{12 * days / YEAR_DAYS:.0f} months"
    return f"{days / YEAR_DAYS:.1f} years"
