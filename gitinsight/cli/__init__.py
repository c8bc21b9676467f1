"""The command line: ``gitinsight``. Each command is thin; the work is a service's."""

from __future__ import annotations

import sys
from typing import Any

import click

from gitinsight import __version__
from gitinsight.errors import GitInsightError

EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """Commands whose modules are imported when they are called, so that ``--help`` answers at once."""

    commands_by_module: dict[str, str] = {  # noqa: RUF012
        "analyze": "gitinsight.cli.analyze:analyze",
        "export": "gitinsight.cli.export:export",
        "up": "gitinsight.cli.up:up",
        "web": "gitinsight.cli.processes:web",
        "worker": "gitinsight.cli.processes:worker",
        "scheduler": "gitinsight.cli.processes:scheduler",
        "db": "gitinsight.cli.admin:db",
        "users": "gitinsight.cli.admin:users",
        "keys": "gitinsight.cli.admin:keys",
        "audit": "gitinsight.cli.audit:audit",
        "rankings": "gitinsight.cli.admin:rankings",
        "plugins": "gitinsight.cli.admin:plugins",
        "doctor": "gitinsight.cli.admin:doctor",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The product's own commands, then one group a plugin."""
        return [*self.commands_by_module, *sorted(_plugin_groups())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, imported now."""
        if cmd_name in self.commands_by_module:
            from importlib import import_module

            module, _, name = self.commands_by_module[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), name)
            return command
        return _plugin_groups().get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns; Ctrl-C ends it with the exit code that shells expect."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # The blank line ends the line on which the terminal shows ^C.
            click.echo("\ngitinsight: interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)


def _plugin_groups() -> dict[str, click.Group]:
    """The commands of plugins, a group for each plugin that has any."""
    from gitinsight.cli.commands import group_of
    from gitinsight.registry import load_registry

    registry = load_registry()
    groups: dict[str, click.Group] = {}
    for plugin, command in registry.commands:
        if isinstance(command, click.Command):
            groups.setdefault(plugin, group_of(plugin)).add_command(command)
        else:
            registry.fail(
                plugin, "register_commands", TypeError(f"expected a click command, got {command!r}")
            )
    return groups


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gitinsight")
def gitinsight() -> None:
    """See how healthy a git repository is, where the risk sits and where it is going."""


def main() -> Any:
    """Run the command line; an error of the product or of the machine ends with its message and exit code 2."""
    try:
        return gitinsight(prog_name="gitinsight")
    except (GitInsightError, OSError) as error:
        from gitinsight.cli.formats import plain

        # A message may quote a repository, which must not steer the terminal.
        for line in str(error).splitlines():
            click.echo(f"gitinsight: {plain(line)}", err=True)
        sys.exit(EXIT_REFUSED)
