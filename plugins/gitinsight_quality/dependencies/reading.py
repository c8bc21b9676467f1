"""Parts of parsed files, whatever a hostile one holds in their place; TOML and XML without their traps."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from gitinsight_quality.dependencies.model import Malformed


def table(content: Any, *names: str) -> Mapping[str, Any]:
    """The mapping below these names; an empty one where there is none."""
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def texts(content: Any) -> Sequence[str]:
    """The texts of a list; an empty one where it is something else."""
    return [one for one in content if isinstance(one, str)] if isinstance(content, list | tuple) else []


_MOST_DOTS = 1_000


def toml(text: str) -> Mapping[str, Any]:
    """A TOML document; ``Malformed`` for one with a key that would take tomllib minutes."""
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        raise Malformed(f"it has a line with over {_MOST_DOTS:,} dots")
    return tomllib.loads(text)


def xml(text: str) -> ET.Element:
    """The root of an XML document without namespaces; ``Malformed`` for one that declares entities."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Malformed("it declares a document type, which is not read")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except ET.ParseError as error:
        raise Malformed("it is no XML") from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root
