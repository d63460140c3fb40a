"""Serves the web UI and writes the docs."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click

from finance_assets.cli.sandbox import sandbox_if_needed, use_sandbox
from finance_assets.lib.dagster_home import fail_dead_runs, render_dagster_home
from finance_assets.lib.night import default_as_of
from finance_assets.lib.project import WORKSPACE
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import Dbt

HOST = "127.0.0.1"


def serve_ui(port: int) -> int:
    """Run web server, daemon and code server until interrupted; return the exit code."""
    from dagster import DagsterInstance

    _require_free_port(port)
    settings = Settings.from_environment()
    render_dagster_home(settings)
    with DagsterInstance.get() as instance:
        fail_dead_runs(instance)
    with sandbox_if_needed(settings.company, default_as_of(settings.company)) as sandbox:
        if sandbox:
            use_sandbox(settings.company, sandbox)
        click.echo(f"Dagster UI of {settings.company.name}: http://{HOST}:{port}  (Ctrl-C ends it)")
        command = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", str(WORKSPACE)]
        process = subprocess.Popen([*command, "--host", HOST, "--port", str(port)])
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The terminal has interrupted the process as well: it is on its way out.
                continue


def write_docs() -> None:
    """Write dbt's docs as one page: lineage from landing to mart, descriptions, columns of the build warehouse."""
    settings = Settings.from_environment()
    data_dir = settings.data_dir
    Dbt(settings.company, data_dir).write_docs(default_as_of(settings.company))
    data_dir.docs_file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(data_dir.dbt_target / "static_index.html", data_dir.docs_file)
    click.echo(f"dbt docs: {data_dir.docs_file}")


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} is taken ({error.strerror}): stop what uses it, or choose another with --port"
            ) from error
