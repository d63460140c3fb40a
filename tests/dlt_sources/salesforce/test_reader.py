"""Organisations with several currencies and with one: what is asked for, what lands, and what is never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import requests

from dlt_sources.errors import ContractBreach, SourceRefused
from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.company.world import World
from dlt_sources.sandbox.serve import RunningSandbox, serve
from tests.dlt_sources.sandbox_instances import load
from tests.dlt_sources.single_currency import RATES, SingleCurrency, single_currency

DAY = date(2026, 9, 30)
BULK = [{"bulk": False}, {"bulk": True}]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=11, scale=0.01)


@pytest.fixture(scope="module")
def several(world: World) -> Iterator[RunningSandbox]:
    with serve(lambda day: world.as_of(day, set()), as_of=DAY) as running:
        yield running


@pytest.fixture(scope="module")
def one(world: World) -> Iterator[RunningSandbox]:
    with serve(lambda day: single_currency(world, day), as_of=DAY) as running:
        yield running


@contextmanager
def showing(world: World, **hidden) -> Iterator[RunningSandbox]:
    with serve(lambda day: SingleCurrency(world.as_of(day, set()), **hidden), as_of=DAY) as running:
        yield running


@pytest.mark.parametrize("options", BULK)
def test_an_organisation_with_one_currency_is_read_without_asking_records_for_it(one, options) -> None:
    result = load("salesforce", one.url, DAY, options={**options, "currency": "EUR"})
    assert result.error is None
    assert [row["currency_iso_code"] for row in result.rows["organizations"]] == ["EUR"]
    assert result.rows["opportunities"] and result.rows["forecasting_quotas"]
    for resource in ("accounts", "opportunities", "opportunity_lines", "contracts", "orders", "forecasting_quotas"):
        assert {row["CurrencyIsoCode"] for row in result.rows[resource]} == {None}, resource
    assert not any(result.rows[resource] for resource in RATES)


def test_the_currency_of_an_organisation_with_one_is_told_and_never_guessed(one) -> None:
    error = load("salesforce", one.url, DAY, resources=["organizations"]).error
    assert isinstance(error, SourceRefused)
    assert "options.currency" in error.next_step


def test_a_query_that_names_the_currency_is_refused_where_there_is_only_one(one) -> None:
    base = f"{one.url}/salesforce/services"
    credentials = one.sandbox.credentials["salesforce"]
    form = {"grant_type": "client_credentials"} | {name: credentials[name] for name in ("client_id", "client_secret")}
    token = requests.post(f"{base}/oauth2/token", data=form, timeout=30).json()["access_token"]

    def asked(soql: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{base}/data/v66.0/query", params={"q": soql}, headers=headers, timeout=30)

    assert asked("SELECT Id, CurrencyIsoCode FROM Opportunity").json()[0]["errorCode"] == "INVALID_FIELD"
    assert asked("SELECT Id FROM CurrencyType").json()[0]["errorCode"] == "INVALID_TYPE"
    assert asked("SELECT Id FROM Opportunity").ok


@pytest.mark.parametrize("options", BULK)
def test_in_an_organisation_with_several_every_record_names_its_currency(several, options) -> None:
    result = load("salesforce", several.url, DAY, options=options)
    assert result.error is None
    assert [row["currency_iso_code"] for row in result.rows["organizations"]] == [None]
    for resource in ("accounts", "opportunities", "forecasting_quotas", "forecasting_items"):
        assert None not in {row["CurrencyIsoCode"] for row in result.rows[resource]}, resource
    corporate = [row["IsoCode"] for row in result.rows["currency_types"] if row["IsCorporate"] == "true"]
    assert corporate == ["EUR"]
    assert result.rows["dated_conversion_rates"]


def test_one_currency_is_not_claimed_for_an_organisation_with_several(several) -> None:
    error = load("salesforce", several.url, DAY, resources=["organizations"], options={"currency": "EUR"}).error
    assert isinstance(error, SourceRefused)
    assert "several currencies" in str(error)


def test_a_user_who_does_not_see_the_currencies_is_told_so_and_no_currency_is_assumed(world) -> None:
    with showing(world, record_currency=True) as running:
        error = load("salesforce", running.url, DAY, resources=["opportunities"], options={"currency": "EUR"}).error
    assert isinstance(error, SourceRefused)
    assert "does not see CurrencyType" in str(error)


def test_a_currency_that_is_hidden_on_one_object_is_a_breach(world) -> None:
    with showing(world, without=()) as running:
        error = load("salesforce", running.url, DAY, resources=["opportunities"]).error
    assert isinstance(error, ContractBreach)
    assert "CurrencyIsoCode" in str(error)


def test_planned_and_past_territory_models_arrive_with_their_state(several) -> None:
    rows = load("salesforce", several.url, DAY, resources=["territory_models", "territories"]).rows
    assert sorted(row["State"] for row in rows["territory_models"]) == ["Active", "Archived", "Planning"]
    assert len({row["Territory2ModelId"] for row in rows["territories"]}) == 2
