"""The command line `finance`. Commands import what they need when they run, so that help is instant."""

from finance_assets.cli.commands import main
from finance_assets.cli.events import events
from finance_assets.cli.exceptions import exceptions

main.add_command(events)
main.add_command(exceptions)

__all__ = ["main"]
