"""Insights as an Atom feed (RFC 4287): an entry keeps its id as long as the analyses say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree

from gitinsight import __version__
from gitinsight.services.insights import InsightView
from gitinsight.services.repositories import RepositoryView

NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def insights_atom(
    repository: RepositoryView, insights: Sequence[InsightView], *, page: str, feed: str
) -> bytes:
    """The feed's document; ``page`` and ``feed`` are the addresses of the repository and of the feed."""
    root = ElementTree.Element("feed", xmlns=NAMESPACE)
    updated = max((insight.generated_at for insight in insights), default=repository.created_at)
    _add(root, "id", f"urn:uuid:{repository.id}")
    _add(root, "title", f"Insights into {repository.full_name}")
    _add(root, "updated", _time(updated))
    ElementTree.SubElement(root, "link", rel="self", type="application/atom+xml", href=feed)
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    _add(ElementTree.SubElement(root, "author"), "name", "GitInsight")
    _add(root, "generator", "GitInsight", version=__version__)
    for lasting_id, insight in {insight.lasting_id: insight for insight in insights}.items():
        entry = ElementTree.SubElement(root, "entry")
        _add(entry, "id", f"urn:uuid:{lasting_id}")
        _add(entry, "title", insight.title)
        _add(entry, "updated", _time(insight.generated_at))
        ElementTree.SubElement(
            entry, "link", rel="alternate", type="text/html", href=f"{page}#insight-{insight.id}"
        )
        for term in dict.fromkeys([insight.type.value, insight.severity.value, *insight.tags]):
            ElementTree.SubElement(entry, "category", term=_text(term))
        _add(entry, "content", insight.description, type="text")
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _text(text)


def _text(text: str) -> str:
    """The text without the characters that XML 1.0 has no way to write."""
    return _NOT_XML.sub("\ufffd", text)


def _time(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()
