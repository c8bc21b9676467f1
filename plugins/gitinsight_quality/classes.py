"""How well a class holds together: LCOM4, the number of groups its methods fall into.

After Hitz and Montazeri ("Measuring coupling and cohesion in object-oriented systems", 1995): methods
are the nodes of a graph, and an edge joins two that use the same field or of which one calls the
other; LCOM4 counts the connected components. One is cohesive; two or more say that the class could
be split. Constructors, destructors and static methods are left out, as they touch everything or
nothing. What a method uses is read from its body without comments: names after the receiver where
the language demands one (``self.x``, ``this.x``, ``$this->x``, ``@x``), else also bare names that are
declared in the class and are no parameter of the method. A local that hides a field counts as it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from gitinsight_quality.languages import Cohesion, Grammar
from gitinsight_quality.model import Class
from gitinsight_quality.regions import Region

MOST_READ = 20
"""So many times a text's length may be read for the methods in it."""

_WORD = re.compile(rb"[A-Za-z_]\w*")
_APART = bytes(byte if re.match(rb"[\w.?!@$]", bytes([byte])) else 32 for byte in range(256))
"""Puts a space for each byte that can stand in no name or between two."""

_STATIC = re.compile(rb"\bstatic\b")


def measure_classes(
    regions: Sequence[Region], grammar: Grammar, content: bytes, comments: Sequence[tuple[int, int]]
) -> Sequence[Class]:
    """The classes of a sweep in the order of the text."""
    if not regions:
        return ()
    cohesion = grammar.cohesion
    text = _without(content, comments) if cohesion else b""
    if sum(method.end - method.start for region in regions for method in region.methods) > MOST_READ * len(
        text
    ):
        # Classes in methods in classes ...: reading each method's text would take quadratic time.
        cohesion = None
    found = [
        Class(
            region.name or "(anonymous)",
            region.node.start_point[0] + 1,
            region.node.end_point[0] + 1,
            len(region.methods),
            lcom4(region, cohesion, text) if cohesion else None,
        )
        for region in regions
    ]
    return sorted(found, key=lambda one: one[1:3])


def lcom4(region: Region, cohesion: Cohesion, text: bytes) -> int:
    """The number of groups of a class's methods; 0 where it has none that count.

    Methods of one name (overloads, a property's getter and setter) are one, as they are to callers.
    """
    members = {method.name.encode() for method in region.methods} | region.fields
    counted: dict[bytes, set[bytes]] = {}
    excluded = set()
    for number, method in enumerate(region.methods):
        name = method.name.encode() or str(number).encode()
        head, body = _parts(method, text)
        if _makes_or_ends(method, cohesion) or _is_static(head, cohesion):
            excluded.add(name)
        else:
            counted.setdefault(name, set()).update(_uses(head, body, cohesion, members))
    return _groups(counted, excluded - counted.keys())


def _groups(counted: Mapping[bytes, Set[bytes]], excluded: Set[bytes]) -> int:
    """The connected components of methods and what they use, that of excluded methods left out."""
    groups: dict[bytes, bytes] = {}
    for name, used in counted.items():
        root = _root(groups, name)
        for other in used:
            if other in groups:
                groups[_root(groups, other)] = root
            elif other not in excluded:
                groups[other] = root
    return len({_root(groups, name) for name in counted})


def _uses(head: bytes, body: bytes, cohesion: Cohesion, members: set[bytes]) -> set[bytes]:
    used: set[bytes] = set()
    for pattern in cohesion.patterns:
        used.update(pattern.findall(body))
    if cohesion.bare_names:
        # What follows a dot keeps it, and so is no member.
        words = body.replace(b".", b" .").translate(_APART).split()
        found = members.intersection(words)
        found |= members.intersection([word.rstrip(b"?!") for word in words if word.endswith((b"?", b"!"))])
        if found:
            used |= found.difference(_WORD.findall(head))
    return used


def _makes_or_ends(method: Region, cohesion: Cohesion) -> bool:
    """Whether a method is a constructor or a destructor."""
    return method.name in cohesion.constructors or method.node.type.endswith(
        ("constructor_declaration", "destructor_declaration")
    )


def _is_static(head: bytes, cohesion: Cohesion) -> bool:
    if cohesion.needs_receiver:
        return not cohesion.needs_receiver.search(head)
    return bool(_STATIC.search(head))


def _parts(method: Region, text: bytes) -> tuple[bytes, bytes]:
    """A method's declaration and body; ``text`` has the length of the source."""
    body = method.node.child_by_field_name("body")
    split = body.start_byte if body else method.start
    return text[method.start : split], text[split : method.end]


def _without(content: bytes, comments: Sequence[tuple[int, int]]) -> bytes:
    """The text with its comments blanked."""
    parts, position = [], 0
    for start, end in comments:
        if start >= position:
            parts += [content[position:start], b" " * (end - start)]
            position = end
    return b"".join([*parts, content[position:]])


def _root(groups: dict[bytes, bytes], name: bytes) -> bytes:
    groups.setdefault(name, name)
    while groups[name] != name:
        groups[name] = groups[groups[name]]
        name = groups[name]
    return name
