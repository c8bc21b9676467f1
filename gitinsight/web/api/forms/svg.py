"""Badges as SVG: plain shapes and texts, without a script, a style sheet or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from gitinsight.services.badges import Badge

TEXT_COLOR = "#ffffff"
LABEL_COLOR = "#3b434b"
COLORS: Mapping[str, str] = {"good": "#1a7f37", "fair": "#8a5a00", "poor": "#b3261e", "plain": "#57606a"}
"""White on each of them has a contrast of at least 4.5 to 1 (WCAG 2.2, level AA)."""
_NARROW = frozenset("iljtfrI.,:;'|!()[] ")
_WIDE = frozenset("mwMW%@")
_PADDING = 8


def badge_svg(badge: Badge) -> str:
    """The badge as a document of its own, readable to screen readers as ``label: text``."""
    label, text = escape(badge.label), escape(badge.text)
    left, right = _width(badge.label), _width(badge.text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}: {text}">'
        f"<title>{label}: {text}</title>"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="{LABEL_COLOR}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLORS[badge.level]}"/></g>'
        f'<g fill="{TEXT_COLOR}" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="11">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 2 * _PADDING}">{label}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _PADDING}">{text}</text></g></svg>\n'
    )


def _width(text: str) -> int:
    """About how wide the text is at 11 pixels, with its margins."""
    letters = sum(4.2 if sign in _NARROW else 10.5 if sign in _WIDE else 7.1 for sign in text)
    return round(letters) + 2 * _PADDING
