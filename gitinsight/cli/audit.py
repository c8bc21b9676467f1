"""The audit log at the command line: whether it is whole."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gitinsight.cli.admin import application
from gitinsight.cli.formats import plain

if TYPE_CHECKING:
    from gitinsight.services.audit_verification import Damage, Verification

_NOTED = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@click.group()
def audit() -> None:
    """The audit log."""


def _noted(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = _NOTED.fullmatch(text)
    if found is None:
        raise click.BadParameter("expected a number, a colon, and a seal of 64 hexadecimal digits")
    return int(found[1]), found[2]


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--noted",
    metavar="NUMBER:SEAL",
    callback=_noted,
    help="Also see that the log still holds a row that was noted elsewhere, as an earlier run printed it.",
)
def verify(*, as_json: bool, noted: tuple[int, str] | None) -> None:
    """Check that no row of the audit log was changed, removed, put in or moved since it was sealed.

    Exit code 0 where the log is whole, 1 with the first row at which it is not.
    """
    from gitinsight.services import audit_verification
    from gitinsight.services.audit_verification import Witness

    with application():
        found = audit_verification.verify(Witness(*noted) if noted else None)
    click.echo(json.dumps(_fields(found)) if as_json else _told(found))
    sys.exit(0 if found.ok else 1)


@audit.command()
@click.option("--reason", required=True, help="Why, for the log.")
@click.confirmation_option(prompt="Vouch for all rows so far, and begin the chain anew behind them?")
def accept(reason: str) -> None:
    """Vouch for the audit log as it is: for one whose damage was looked into, or whose secret key is lost.

    The rows so far stay and are checked no more; those that follow are sealed with a new key.
    """
    from gitinsight.services import audit_chain

    with application():
        count = audit_chain.accept(reason[:500])
    click.echo(f"The chain begins anew behind row {count}.")


def _fields(found: Verification) -> dict[str, Any]:
    damage = asdict(found.damage) if found.damage else None
    if damage is not None:
        damage["row_id"] = str(damage["row_id"]) if damage["row_id"] else None
        damage["at"] = damage["at"].isoformat() if damage["at"] else None
    counts = {name: getattr(found, name) for name in ("rows", "anchors", "accepted", "unsealed")}
    return {"ok": found.ok, **counts, "sequence": found.sequence, "seal": found.seal, "damage": damage}


def _told(found: Verification) -> str:
    lines = [f"{found.rows:,} rows checked, {found.anchors:,} anchors used"]
    if found.accepted:
        lines.append(f"The rows up to {found.accepted:,} were accepted by an operator and are not checked.")
    if found.unsealed:
        lines.append(
            f"{found.unsealed:,} rows wait for the scheduler to seal them; nothing vouches for them yet."
        )
    if found.damage is not None:
        return "\n".join([*lines, _damage(found.damage)])
    return "\n".join([*lines, f"The log is whole, up to {found.sequence}:{found.seal}"])


def _damage(damage: Damage) -> str:
    row = f" ({damage.at:%Y-%m-%d %H:%M:%S} {plain(damage.action)}, {damage.row_id})" if damage.at else ""
    return f"DAMAGED at row {damage.sequence:,}{row}: {plain(damage.reason)}."
