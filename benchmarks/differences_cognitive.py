"""Rules for cognitive complexity: what in Python's own tree of a function explains another tool's figure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from benchmarks.cases import Case, Rules


def _nodes(case: Case) -> Iterator[ast.AST]:
    text = "\n".join(line for line in case.text.split("\n"))
    indent = len(text) - len(text.lstrip())
    try:
        yield from ast.walk(ast.parse(("if 1:\n" if indent else "") + text))
    except SyntaxError:
        return


def _contains(*kinds: type[ast.AST]) -> Callable[[Case], bool]:
    return lambda case: any(isinstance(node, kinds) for node in _nodes(case))


def _has_elif(case: Case) -> bool:
    """The package leaves what stands under an ``if`` with an ``elif`` at the level of the ``if``."""
    return any(
        isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
        for node in _nodes(case)
    )


def _has_loop_else(case: Case) -> bool:
    return any(isinstance(node, ast.For | ast.AsyncFor | ast.While) and node.orelse for node in _nodes(case))


def _returns_more_than_a_name(case: Case) -> bool:
    """The package does not look at what a function returns that defines another and returns."""
    return any(
        isinstance(node, ast.FunctionDef)
        and len(node.body) == 2
        and isinstance(node.body[0], ast.FunctionDef)
        and isinstance(node.body[1], ast.Return)
        and any(isinstance(inner, ast.BoolOp | ast.IfExp | ast.Lambda) for inner in ast.walk(node.body[1]))
        for node in _nodes(case)
    )


def _has_branch_in_operand(case: Case) -> bool:
    """The package does not look into the operands of a logical expression."""
    return any(
        isinstance(inner, ast.IfExp | ast.Lambda)
        for node in _nodes(case)
        if isinstance(node, ast.BoolOp)
        for inner in ast.walk(node)
    )


def _has_closure(case: Case) -> bool:
    return sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in _nodes(case)) > 1


EVERY_TOOL: Rules = {"match": _contains(ast.Match), "else of a loop": _has_loop_else}
BY_TOOL: dict[str, Rules] = {
    "cognitive-complexity": {
        "package passes over async for": _contains(ast.AsyncFor),
        "package keeps the level under an if with elif": _has_elif,
        "package does not look into operands": _has_branch_in_operand,
        "package does not look at what a wrapper returns": _returns_more_than_a_name,
    },
    "complexipy": {
        "complexipy counts comprehensions": _contains(ast.comprehension),
        "complexipy passes over operators in some places": _contains(ast.BoolOp, ast.IfExp, ast.Lambda),
        "complexipy nests closures in their own way": _has_closure,
    },
}
