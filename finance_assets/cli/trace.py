"""`finance trace …`: where a figure, a document or a customer comes from, and what help tells of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from finance_assets.cli.close import Month
from finance_assets.cli.commands import choose_company, company_options, json_option


@click.group()
def trace() -> None:
    """What happened: every hop of a document, customer, exception or figure, also the one that is not there yet.

    \b
      finance trace document 1010-00000224            an invoice: contract, posting, payment, payout, bank, ledger
      finance trace document "1010|2026|1800000106"   a ledger document: entity, fiscal year, number
      finance trace customer "Northwind Traders"      its records in every system, what changed, what was done
      finance trace exception 3fa9                    the documents behind an exception
      finance trace figure 1010 2026-08 411000        what a balance is made of

    A document is found by any number it has in any system; where several have that number, by its whole key. Each hop
    says by which load it came, which mapping was used, what the reconciliations found and which tables read it. The
    answer is of the published warehouse.
    """


@trace.command("document")
@company_options
@json_option
@click.argument("reference")
def trace_document(company_file: Path | None, data_dir: Path | None, as_json: bool, reference: str) -> None:
    """Follow a document from where it came to where it went."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.hops import show_document

    show_document(reference, as_json)


@trace.command("customer")
@company_options
@json_option
@click.argument("name")
def trace_customer(company_file: Path | None, data_dir: Path | None, as_json: bool, name: str) -> None:
    """Follow a customer, by name, golden key, or its id in any system, through the systems."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.hops import show_customer

    show_customer(name, as_json)


@trace.command("exception")
@company_options
@json_option
@click.argument("exception_id", metavar="ID")
def trace_exception(company_file: Path | None, data_dir: Path | None, as_json: bool, exception_id: str) -> None:
    """Follow the documents behind an exception, and what was decided about it."""
    choose_company(company_file, data_dir)
    from finance_assets.cli.hops import show_exception

    show_exception(exception_id, as_json)


@trace.command("figure")
@company_options
@json_option
@click.argument("entity_code", metavar="ENTITY")
@click.argument("month", type=Month(), metavar="MONTH")
@click.argument("account")
@click.option("--all", "with_all", is_flag=True, help="Every document, not only the largest.")
def trace_figure(
    company_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
    entity_code: str,
    month: date,
    account: str,
    with_all: bool,
) -> None:
    """Take the balance of a group account, or of an account of the entity's own chart, to pieces.

    Its documents stand with the largest first; `finance trace document` follows one. JSON has them all.
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.hops import show_figure

    show_figure(entity_code, month, account, with_all, as_json)
