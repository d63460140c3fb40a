"""`finance events …`: early news between two nights, on the command line, and what help tells of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from finance_assets.cli.commands import choose_company, company_options, json_option


@click.group()
def events() -> None:
    """Early news between two nights: bookings, invoices, payments, refreshed plans. Micro-batches, no stream.

    \b
    An event is a hint, the nightly load is the truth. News is shown beside the last night, in no closed figure:
      confirmed         the night says the same amount and currency
      not_yet           no night covers the event's day
      differs           the night that covers it says something else    } an exception in the
      not_found         the night that covers it has no such record     } queue, until the
      unknown_instance  no such source is loaded                        } two agree
      superseded        the record was changed after that night

    \b
    How it goes:
      export FINANCE_EVENT_SECRETS=$(openssl rand -hex 32)
      finance events serve            takes signed events over HTTP into the inbox folder
      finance ui                      its sensor takes what has come, within a minute or two
      finance events run              or take it now, without the sensor
      finance events list             what is known since the last night
    """


@events.command()
@company_options
@click.option("--inbox", metavar="NAME", help="The instance whose folder is the inbox (default: the only one).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Behind a proxy that speaks TLS: leave it.")
@click.option("--port", type=int, default=8710, show_default=True, help="0 takes a free port.")
@click.option(
    "--tolerance", type=click.IntRange(min=1), default=300, show_default=True, metavar="SECONDS",
    help="How old, or early, a signature may be.",
)  # fmt: skip
@json_option
def serve(
    company_file: Path | None,
    data_dir: Path | None,
    inbox: str | None,
    host: str,
    port: int,
    tolerance: int,
    as_json: bool,
) -> None:
    """Take signed events over HTTP and put them into the inbox, until interrupted. Prints the address first.

    A request is POST /events with one CloudEvent (1.0, JSON) as its body, and a signature as Stripe makes them in the
    header Finance-Signature: `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`. Secrets come from the
    variable that the inbox names (FINANCE_EVENT_SECRETS); several, with a blank between, while one is being changed.

    \b
    Answers:
      201  it is on disk                             200  it is already there (same source and id)
      400  it is no CloudEvent                       401  the signature is missing, wrong or stale
      409  another event of this source has this id  413  it is too long
      503  it could not be kept: send it again

    \b
    Send one:
      body='{"specversion":"1.0","id":"evt_1","source":"billing_group","type":"finance.invoice.changed",
             "subject":"in_1","time":"2026-10-01T09:00:00Z",
             "data":{"amount":"119.00","currency":"EUR","entity":"1010","version":1}}'
      t=$(date +%s)
      v1=$(printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$FINANCE_EVENT_SECRETS" | sed 's/.*= //')
      curl -H "Finance-Signature: t=$t,v1=$v1" --data-binary "$body" http://127.0.0.1:8710/events
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.receiver import serve_events

    serve_events(inbox, host, port, tolerance, as_json)


@events.command()
@company_options
@json_option
def run(company_file: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Take what has come into the inboxes now: land it, gate it, rebuild what reads it, publish.

    The run joins the last night: it is for the same day, extracts the inboxes and nothing else, and waits while another
    run is at work. A refreshed plan has the instance it is of extracted as well, where the inbox's option `refreshes`
    names it. What has no news is not built again. Exit codes are those of `finance run`.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.run import run_batch

    sys.exit(run_batch(as_json))


@events.command("list")
@company_options
@click.option("--confirmation", metavar="WORD", help="Only what is confirmed, not_yet, differs, not_found, ...")
@click.option("--type", "event_type", metavar="WORD", help="Only booking, invoice, payment or plan_refresh.")
@click.option("--entity", help="Only of this entity.")
@json_option
def list_events(
    company_file: Path | None,
    data_dir: Path | None,
    confirmation: str | None,
    event_type: str | None,
    entity: str | None,
    as_json: bool,
) -> None:
    """Show the news since the last night beside its truth: what each record is by its newest event, confirmed or not.

    \b
    Examples:
      finance events list --confirmation not_yet
      finance events list --type payment --entity 1010 --json
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.show import show_events

    show_events({"confirmation": confirmation, "event_type": event_type, "entity_code": entity}, as_json)
