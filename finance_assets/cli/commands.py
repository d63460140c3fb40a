"""What a person can type, and what help tells them. What it does is in the other modules of this package."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from dlt_sources.errors import ConfigurationError, SourceError
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE


class Day(click.ParamType):
    """A date such as 2026-09-30."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        """Return the date; fail with what was expected."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-09-30", param, context)


class Commands(click.Group):
    """Turns what a person can mend into a message, not a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; exit with 1 and the message when something a person wrote is wrong."""
        from finance_assets.control.decisions import DecisionRefused
        from finance_assets.lib.failures import StepFailed

        try:
            return super().invoke(context)
        except click.MissingParameter as missing:
            missing.message = _example(missing.ctx)
            raise
        except (ConfigurationError, DecisionRefused, SourceError, StepFailed) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)


def _example(context: click.Context | None) -> str:
    """The line that help gives as an example of the command, or none."""
    names: list[str] = []
    helps: list[str] = []
    while context and context.parent:
        names.insert(0, context.info_name or "")
        helps.append(context.command.help or "")
        context = context.parent
    typed = f"finance {' '.join(names)} "
    # A long example goes on in the next line.
    lines = "\n".join(helps).replace("\\\n", "").splitlines()
    example = next((" ".join(line.split()) for line in lines if line.strip().startswith(typed)), None)
    return f"For example: {example}" if example else ""


def company_options(command: Any) -> Any:
    """Add the options that say whose data are meant."""
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help=f"Where the company's data are (default: .data/<company>; or set {DATA_DIR_VARIABLE}).",
    )(command)
    return click.option(
        "--company",
        "company_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"The company file (default: the sandbox company's; or set {COMPANY_VARIABLE}).",
    )(command)


json_option = click.option("--json", "as_json", is_flag=True, help="For machines: JSON on standard output.")
USER_VARIABLE = "FINANCE_USER"
user_option = click.option(
    "--user",
    envvar=USER_VARIABLE,
    help=f"Who decides, trusted as given (default: {USER_VARIABLE}, else who is logged in).",
)


def choose_company(company_file: Path | None, data_dir: Path | None) -> None:
    """Put the options where every part of the platform, and every process it starts, looks for them."""
    if company_file:
        os.environ[COMPANY_VARIABLE] = str(company_file.resolve())
    if data_dir:
        os.environ[DATA_DIR_VARIABLE] = str(data_dir.resolve())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="finance-assets", prog_name="finance")
def main() -> None:
    """From source systems to a published finance warehouse.

    \b
    finance run                       tonight's run of the sandbox company
    finance status                    what became of it
    finance exceptions list           the differences somebody has to work; `finance exceptions --help` shows how
    finance close board               how far every entity is with its month; `finance close --help` shows how
    finance events list               what has become known since the last night
    finance trace document 90000020   where it came from and where it went; also customer, exception, figure
    finance open-items --on DAY       what was open on a past day, aged as of that day
    finance mappings gaps             what has money on it and no place in the group
    finance adjustments list          journals beside the ledger, proposed by one person and approved by another
    finance tables                    what there is to ask, and what it means
    finance query "select * from marts.mart_close__trial_balances limit 10"
    finance ui                        lineage, checks and history in the browser
    """


@main.command()
@company_options
@click.option("--as-of", type=Day(), help="The day to run for, as 2026-09-30 (default: the company's).")
@click.option(
    "--system",
    "systems",
    multiple=True,
    metavar="NAME",
    help="Extract only this system or instance; repeatable. The others keep their last accepted load.",
)
@json_option
def run(
    company_file: Path | None, data_dir: Path | None, as_of: date | None, systems: tuple[str, ...], as_json: bool
) -> None:
    """Extract, gate, transform, reconcile and publish one night.

    A source that is down or rejected does not stop the night: its last accepted load stays in use, and every table it
    touches says so. What the degradation contracts hold back stays as it was last published. Readers keep the previous
    publication until the new one is complete. A run that was interrupted is simply run again. A second run waits for
    the first.

    \b
    Exit codes:
       0  healthy     published, every source is of the day
      10  degraded    published, but a source is stale, absent or rejected
      20  closed      the close gate does not hold; nothing was published
       1  failed      something else went wrong; nothing was published

    \b
    Examples:
      finance run
      finance run --as-of 2026-09-30 --data-dir /tmp/demo
      finance run --company acme.yaml --system crm_group
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.run import run_night

    sys.exit(run_night(as_of, systems, as_json))


@main.command()
@company_options
@json_option
def status(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Show the latest run: sources, gates, reconciliations, exceptions, what is published."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.show import show_status

    show_status(as_json)


@main.command()
@company_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values on standard output.")
@click.argument("sql")
def query(company_file: Path | None, data_dir: Path | None, sql: str, as_json: bool, as_csv: bool) -> None:
    """Ask the published warehouse, read-only. What there is to ask shows `finance tables`.

    \b
    Examples:
      finance query "select entity_code, sum(amount_group) from canonical.fct_ar_open_items group by all"
      finance query --csv "from marts.mart_control__exceptions" > exceptions.csv
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.show import show_query

    show_query(sql, as_json, as_csv)


@main.command()
@company_options
@json_option
@click.argument("pattern", required=False)
def tables(company_file: Path | None, data_dir: Path | None, as_json: bool, pattern: str | None) -> None:
    """Find published tables by a part of their name or description; of a single one, show its columns.

    \b
    Examples:
      finance tables
      finance tables receivable
      finance tables marts.mart_close__trial_balances
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.catalogue import show_tables

    show_tables(pattern, as_json)


@main.command()
@company_options
@json_option
def score(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Compare what was published with the sandbox's truth and its labelled errors."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.sandbox import show_score

    show_score(as_json)


@main.command()
@company_options
@click.option("--port", type=int, default=3000, show_default=True, help="The port of the web UI.")
def ui(company_file: Path | None, data_dir: Path | None, port: int) -> None:
    """Serve the Dagster web UI with its schedules, until interrupted."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.ui import serve_ui

    sys.exit(serve_ui(port))


@main.command()
@company_options
def docs(company_file: Path | None, data_dir: Path | None) -> None:
    """Write the dbt docs, lineage included, as one page that opens offline."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.ui import write_docs

    write_docs()


@main.group()
def sandbox() -> None:
    """The simulated company: its systems as servers, and its truth."""


def world_options(command: Any) -> Any:
    """Add the options that choose a simulated company; the company file's `sandbox:` block gives the defaults."""
    for option in (
        click.option("--seed", type=int, help="Another seed is another company."),
        click.option("--scale", type=float, help="1 is about 100,000 journal lines."),
        click.option("--errors", help="Labelled errors: all, none, or names with commas between."),
        click.option("--as-of", type=Day(), help="The day the company is shown as of."),
    ):
        command = option(command)
    return company_options(command)


@sandbox.command()
@world_options
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SYSTEM:LABEL",
    help="A fault to start with, as stripe:outage or sap_s4hana:rate_limit:3; repeatable.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8700, show_default=True, help="0 takes a free port.")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def serve(
    company_file: Path | None,
    data_dir: Path | None,
    seed: int | None,
    scale: float | None,
    errors: str | None,
    as_of: date | None,
    faults: tuple[str, ...],
    host: str,
    port: int,
    until_stdin_closes: bool,
) -> None:
    """Serve every system of the simulated company that speaks HTTP, until interrupted.

    What others deliver (banks, payroll offices, extracts, old databases) lies in the data folder, or in
    FINANCE_SANDBOX_FOLDER.

    \b
    Examples:
      finance sandbox serve --errors none
      finance sandbox serve --fault stripe:outage
      FINANCE_SANDBOX_URL=http://127.0.0.1:8700 finance run
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.sandbox import Choice, serve_sandbox

    serve_sandbox(Choice(seed, scale, errors, as_of), faults, host, port, until_stdin_closes)


@sandbox.command()
@world_options
@json_option
@click.argument("table", required=False)
def truth(
    company_file: Path | None,
    data_dir: Path | None,
    seed: int | None,
    scale: float | None,
    errors: str | None,
    as_of: date | None,
    as_json: bool,
    table: str | None,
) -> None:
    """Show what is true of the simulated company; without TABLE, which tables there are (`labels` are the errors)."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.sandbox import Choice, show_truth

    show_truth(Choice(seed, scale, errors, as_of), table, as_json)
