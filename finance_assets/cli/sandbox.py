"""The simulated company: served, shown, and used to score what was published. Nothing else imports the sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from dlt_sources.settings import Company, fill_address
from finance_assets.cli.tables import console, table
from finance_assets.lib.night import default_as_of
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings

URL_VARIABLE = "FINANCE_SANDBOX_URL"
# Where the sandbox drops the files of banks and payroll offices: a folder per instance.
FOLDER_VARIABLE = "FINANCE_SANDBOX_FOLDER"


@dataclass(frozen=True)
class Choice:
    """Which simulated company is meant; what is not said comes from the company file's `sandbox:` block."""

    seed: int | None = None
    scale: float | None = None
    errors: str | None = None
    as_of: date | None = None

    def arguments(self) -> list[str]:
        """Return the choice as options of the command line."""
        given = {"--seed": self.seed, "--scale": self.scale, "--errors": self.errors, "--as-of": self.as_of}
        return [word for option, value in given.items() if value is not None for word in (option, str(value))]


class SandboxProcess:
    """A sandbox in a process of its own, so that it does not take turns with its readers. It ends when we do."""

    def __init__(self, choice: Choice) -> None:
        command = [
            sys.executable,
            "-m",
            "finance_assets.cli",
            "sandbox",
            "serve",
            "--port",
            "0",
            "--until-stdin-closes",
        ]
        self._process = subprocess.Popen(
            [*command, *choice.arguments()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait_until_served(self) -> str:
        """Return the address; raise ClickException when the sandbox did not come up (it has said why)."""
        url = self._process.stdout.readline().strip()
        if not url:
            raise click.ClickException(f"the sandbox did not start (exit code {self._process.wait()})")
        return url

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def sandbox_if_needed(company: Company, as_of: date) -> Iterator[SandboxProcess | None]:
    """Start the sandbox of a company that has one, unless its address is given; stop it afterwards.

    The company's credentials are then the sandbox's demo values.
    """
    agree_on_folder(company)
    if company.sandbox is None or os.environ.get(URL_VARIABLE):
        yield None
        return
    process = SandboxProcess(Choice(as_of=as_of))
    try:
        yield process
    finally:
        process.stop()


def use_sandbox(company: Company, process: SandboxProcess) -> None:
    """Put the sandbox's address and demo credentials where the sources look for them.

    An instance beside the sandbox (a database of one's own) has its credentials in the environment already.
    """
    from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS

    os.environ[URL_VARIABLE] = process.wait_until_served()
    for instance in company.instances.values():
        demo_values = DEMO_CREDENTIALS.get(instance.system, {})
        for credential, variable in instance.credentials.items():
            # A system that the sandbox does not serve has secrets of its own, which only its people know.
            if credential in demo_values:
                os.environ.setdefault(variable, demo_values[credential])


def agree_on_folder(company: Company) -> None:
    """Say where files are dropped, unless it is said: the sandbox writes them where the sources look for them."""
    if company.sandbox is None:
        return
    os.environ.setdefault(FOLDER_VARIABLE, str(Settings.from_environment().data_dir.root / "sandbox"))


def serve_sandbox(choice: Choice, faults: tuple[str, ...], host: str, port: int, until_stdin_closes: bool) -> None:
    """Serve until interrupted, or until the process that started this one is gone. Prints the address first."""
    from dlt_sources.sandbox.faults import Fault
    from dlt_sources.sandbox.serve import SandboxError, serve

    company = Settings.from_environment().company
    agree_on_folder(company)
    seed, scale, errors, as_of = _chosen(company, choice)
    try:
        world = _world(company, seed, scale)
        first_faults = [Fault.parse(fault) for fault in faults]
        running = serve(_shown(company, world, errors), host, port, as_of=as_of, faults=first_faults)
    except (SandboxError, ValueError) as error:  # ValueError: an unknown fault, or books that no ERP can keep
        raise click.ClickException(str(error)) from error
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with running:
        click.echo(running.url)
        # Whoever started us is still busy with its own start.
        threading.Thread(target=running.sandbox.load, daemon=True).start()
        if until_stdin_closes:
            sys.stdin.read()
        else:
            stopped.wait()


def _shown(company: Company, world: Any, errors: str | set[str]) -> Callable[[date], Any]:
    """Return the company as of a day, which also drops the files of that day into the instances' folders."""
    from dlt_sources.sandbox.drops import WRITERS, drop_files

    instances = [instance for instance in company.instances.values() if instance.system in WRITERS]

    def as_of(day: date) -> Any:
        snapshot = world.as_of(day, errors)
        for instance in instances:
            if f"${{{FOLDER_VARIABLE}}}" in instance.folder:
                drop_files(snapshot, instance.system, instance.name, Path(fill_address(instance.folder, instance)))
        return snapshot

    return as_of


def show_truth(choice: Choice, name: str | None, as_json: bool) -> None:
    """Show a table of the truth, or which there are."""
    company = Settings.from_environment().company
    seed, scale, errors, as_of = _chosen(company, choice)
    snapshot = _world(company, seed, scale).as_of(as_of, errors)
    tables = {**snapshot.truth, "labels": snapshot.labels}
    if name is None:
        rows = [{"table": each, "rows": tables[each].num_rows} for each in tables]
    elif name in tables:
        rows = tables[name].to_pylist()
    else:
        raise click.ClickException(f"there is no truth called '{name}'; there are {', '.join(tables)}")
    if as_json:
        click.echo(to_json(rows))
        return
    columns = list(rows[0]) if rows else []
    console.print(table(name or "Truth", columns, [list(row.values()) for row in rows]), highlight=False)


def show_score(as_json: bool) -> None:
    """Compare the published warehouse with the truth of the day it is for."""
    from dlt_sources.sandbox.score import score

    settings = Settings.from_environment()
    manifest = read_manifest(settings.data_dir.published)
    if manifest is None:
        raise click.ClickException("nothing has been published yet; start with `finance run`")
    as_of = date.fromisoformat(manifest["as_of"])
    seed, scale, errors, _ = _chosen(settings.company, Choice(as_of=as_of))
    result = score(settings.data_dir.published_file, _world(settings.company, seed, scale).as_of(as_of, errors))
    if as_json:
        click.echo(to_json(result))
        return
    console.print(f"\n{result['figures']:,} figures compared, {result['figures_off']:,} off\n", highlight=False)
    columns = ("class", "seeded", "found", "cause_right", "false", "recall", "precision")
    rows = [[row[column] for column in columns] for row in result["classes"]]
    console.print(table("Labelled errors", columns, rows), highlight=False)


def _chosen(company: Company, choice: Choice) -> tuple[int, float, str | set[str], date]:
    """Return seed, scale, errors and day: as chosen, else as the company file says."""
    block = company.sandbox
    if block is None:
        raise click.ClickException(
            f"{company.path}: this company has no `sandbox:` block, so there is nothing to simulate"
        )
    seed = block.seed if choice.seed is None else choice.seed
    scale = block.scale if choice.scale is None else choice.scale
    return seed, scale, _errors(choice.errors or block.errors), choice.as_of or default_as_of(company)


def _errors(errors: str | list[str]) -> set[str]:
    from dlt_sources.sandbox.company import ERROR_CLASSES

    if errors == "all":
        return set(ERROR_CLASSES)
    if errors == "none":
        return set()
    named = set(errors.split(",") if isinstance(errors, str) else errors)
    unknown = sorted(named.difference(ERROR_CLASSES))
    if unknown:
        raise click.ClickException(f"no error is called '{unknown[0]}'; there are {', '.join(sorted(ERROR_CLASSES))}")
    return named


def _world(company: Company, seed: int, scale: float) -> Any:
    from dlt_sources.sandbox.company import build_world

    block = company.sandbox
    books = block.model_dump()["books"]
    return build_world(seed, scale, books, block.billing, block.procurement)
