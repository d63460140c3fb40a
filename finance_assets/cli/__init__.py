"""The command line `finance`. Commands import what they need when they run, so that help is instant."""

from finance_assets.cli.commands import main

__all__ = ["main"]
