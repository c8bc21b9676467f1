"""What a declaration says of itself: the function's name, where it stands, how many parameters.

Grammars differ in where they put a name: in a field of its own, under a chain of declarators (C and
C++), or on the variable or key that an anonymous function is given to.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from tree_sitter import Node

MAX_NAME = 120
MAX_QUALIFIED = 500
MAX_NAME_BYTES = 1_000

_RECEIVER = re.compile(rb"(\w+)\s*(?:\[[^\]]*\]\s*)?\)$")
_NAME_FIELDS = ("name", "key", "left", "property", "type")
_PARAMETER_LISTS = {"function_value_parameters", "method_parameters"}
_UNNAMED = {
    "anonymous_initializer": "init",
    "computed_getter": "get",
    "computed_property": "get",
    "computed_setter": "set",
    "deinit_declaration": "deinit",
    "getter": "get",
    "indexer_declaration": "this",
    "secondary_constructor": "constructor",
    "setter": "set",
    "subscript_declaration": "subscript",
}
"""What to call a declaration whose grammar has no name for it, or the name of its result's type."""
_NO_PARAMETERS = {"comment", "line_comment", "block_comment", "keyword_separator", "positional_separator"}


class Declaration(NamedTuple):
    """``name`` is empty for an anonymous function; ``name_row`` is the 0-based line of the name.

    ``name_end`` is the byte after the name, or where a function without one begins.
    """

    name: str
    name_row: int
    parameters: int
    name_end: int


class Named(Protocol):
    """A region of the text that may have a name."""

    name: str


def declared(function: Node, content: bytes) -> Declaration:
    """The declaration of a function node of any grammar.

    Texts are cut from ``content``: asking a node for its text reads it anew from the parser's source.
    """
    kind = function.type
    if fixed := _UNNAMED.get(kind):
        return Declaration(fixed, function.start_point[0], _loose_parameters(function), function.start_byte)
    if kind == "function_definition" and (declarator := function.child_by_field_name("declarator")):
        name, parameters = _declarator(declarator)
    else:
        name = function.child_by_field_name("name") or function.child_by_field_name("operator")
        parameters = function.child_by_field_name("parameters") or function.child_by_field_name("parameter")
    count = _parameter_count(parameters, content) if parameters else _loose_parameters(function)
    if name is None:
        return Declaration("", function.start_point[0], count, function.start_byte)
    receiver = _receiver(function, content) if kind == "method_declaration" else ""
    return Declaration(receiver + _text(name, content), name.start_point[0], count, name.end_byte)


def holder_name(node: Node, content: bytes) -> str:
    """The name that a class, a module or a variable gives to what it holds; empty where it has none."""
    if fixed := _UNNAMED.get(node.type):
        return fixed
    for field in _NAME_FIELDS:
        if name := node.child_by_field_name(field):
            return "" if node.type == "object_creation_expression" else _text(name, content)
    # Kotlin's properties have their name one level down.
    return _text(node.named_children[0], content).split(":")[0] if node.type == "property_declaration" else ""


def qualified(owner: Named | None, name: str, separator: str, in_scope: bool) -> str:
    """A name preceded by that of the scope directly around it, which is qualified already.

    Of a name that grew too long the end is kept.
    """
    if owner and in_scope and owner.name:
        name = f"{owner.name}{separator}{name}" if name else owner.name
    return name if len(name) <= MAX_QUALIFIED else f"…{name[1 - MAX_QUALIFIED :]}"


def _declarator(node: Node) -> tuple[Node | None, Node | None]:
    """The innermost declarator and the parameters beside it: those of ``int (*f(int a))(void)`` are ``a``."""
    parameters = None
    while node.child_count:
        parameters = node.child_by_field_name("parameters") or parameters
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type in ("parenthesized_declarator", "reference_declarator"):
            inner = next(iter(node.named_children), None)
        if inner is None:
            break
        node = inner
    return node, parameters


def _receiver(function: Node, content: bytes) -> str:
    receiver = function.child_by_field_name("receiver")
    found = _RECEIVER.search(content[receiver.start_byte : receiver.end_byte]) if receiver else None
    return found.group(1).decode("utf-8", "replace") + "." if found else ""


def _parameter_count(parameters: Node, content: bytes) -> int:
    if parameters.type == "identifier":
        return 1
    count = 0
    for child in parameters.named_children:
        kind = child.type
        if kind == "parameter_declaration":
            if content[child.start_byte : child.end_byte] != b"void":
                # Go lets several names share one type.
                count += max(1, len(child.children_by_field_name("name")))
        elif kind not in _NO_PARAMETERS:
            count += 1
    return count


def _loose_parameters(function: Node) -> int:
    """The parameters of grammars without a field for them: in a list, or directly in the function."""
    children = function.named_children
    for child in children:
        if child.type in _PARAMETER_LISTS:
            return sum(one.type == "parameter" for one in child.named_children)
    return sum(child.type == "parameter" for child in children)


def _text(node: Node, content: bytes) -> str:
    raw = content[node.start_byte : min(node.end_byte, node.start_byte + MAX_NAME_BYTES)]
    text = " ".join(raw.decode("utf-8", "replace").split())
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"
