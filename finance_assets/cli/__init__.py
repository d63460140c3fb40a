"""The command line `finance`. Commands import what they need when they run, so that help is instant."""

from finance_assets.cli.adjustments import adjustments
from finance_assets.cli.close import close
from finance_assets.cli.commands import main
from finance_assets.cli.events import events
from finance_assets.cli.exceptions import exceptions
from finance_assets.cli.mappings import mappings
from finance_assets.cli.new import new
from finance_assets.cli.open_items import open_items
from finance_assets.cli.trace import trace

main.add_command(events)
main.add_command(exceptions)
main.add_command(close)
main.add_command(trace)
main.add_command(mappings)
main.add_command(adjustments)
main.add_command(new)
main.add_command(open_items)

__all__ = ["main"]
