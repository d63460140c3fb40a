"""`finance new …`: what a new system needs beside what only people know, and what help tells of it."""

from __future__ import annotations

import click


@click.group()
def new() -> None:
    """Add a system to this checkout.

    \b
      finance new system acme_billing --protocol rest_list     writes dlt_sources/acme_billing/system.yaml with blanks
      … fill them in: owner, contract, budget, one block per endpoint; `finance new models` names what is missing
      finance new models acme_billing --gives customers        writes gates, staging and the contracts it gives
      … say in the conformed models where each column comes from
      make test

    Protocols are described in dlt_sources/protocols; a card that is filled in already is the best example.
    """


@new.command("system")
@click.argument("name")
@click.option("--protocol", required=True, help="How it speaks, as rest_list; a wrong one is answered with all.")
@click.option("--title", help="Its name for people (default: made of NAME).")
def new_system(name: str, protocol: str, title: str | None) -> None:
    """Write the card of a system, to be filled in."""
    from finance_assets.lib.scaffold import Scaffold

    for path in Scaffold().new_card(name, protocol, title):
        click.echo(f"wrote {path}")
    click.echo(f"Next: fill in system.yaml, then finance new models {name} --gives CONTRACT …")


@new.command("models")
@click.argument("name")
@click.option("--gives", "contracts", multiple=True, help="A contract it gives, as customers or fx_rates; repeatable.")
def new_models(name: str, contracts: tuple[str, ...]) -> None:
    """Write gates, staging and conformed models of a system whose card is filled in."""
    from finance_assets.lib.scaffold import Scaffold
    from finance_assets.lib.settings import Settings
    from finance_assets.lib.transform import Dbt

    settings = Settings.from_environment()
    manifest = Dbt(settings.company, settings.data_dir).whole_manifest()
    for path in Scaffold().new_models(name, contracts, manifest):
        click.echo(f"wrote {path}")
    click.echo(
        "Next: cast what is more than text in the base models, say in the conformed models where each column comes "
        "from, then make test"
    )
