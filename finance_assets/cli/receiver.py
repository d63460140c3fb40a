"""Serves the receiver of events."""

from __future__ import annotations

import json
import logging
import os

import click

from dlt_sources.events.receiver import PATH, build_app, listen, parse_secrets, serve
from dlt_sources.registry import load_systems
from finance_assets.cli.sandbox import agree_on_folder
from finance_assets.lib.intraday import inbox_instance, open_inbox
from finance_assets.lib.settings import Settings


def serve_events(inbox: str | None, host: str, port: int, tolerance_seconds: int, as_json: bool) -> None:
    """Serve until interrupted. Prints the address first."""
    company = Settings.from_environment().company
    agree_on_folder(company)
    instance = inbox_instance(company, inbox)
    variable = instance.option(load_systems()[instance.system], "secrets_variable")
    secrets = parse_secrets(os.environ.get(variable, ""), variable)
    app = build_app(open_inbox(instance), secrets, tolerance_seconds=tolerance_seconds)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    with listen(host, port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}{PATH}"
        told = {"url": address, "inbox": instance.name, "secrets": len(secrets)}
        click.echo(json.dumps(told) if as_json else f"Events for {instance.name}: POST {address}  (Ctrl-C ends it)")
        serve(app, listener)
