"""The events that the company's systems send: what they say is what the systems show, but for the labelled errors."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from dlt_sources.sandbox.company import Snapshot, news
from dlt_sources.sandbox.drops import RECEIVED, drop_files
from tests.dlt_sources.dropped import load_dropped
from tests.dlt_sources.sandbox.company.conftest import AS_OF, Query, snapshot_of


def events_of(snapshot: Snapshot) -> list[dict]:
    return [json.loads(line) for content, _ in news.files(snapshot).values() for line in content.splitlines()]


def test_every_event_of_billing_and_crm_is_a_record_there(clean: Snapshot, query: Query) -> None:
    told = {}
    for event in events_of(clean):
        if event["type"] != "finance.plan.refreshed":
            kind = event["type"].split(".")[1]
            told[kind, event["subject"]] = Decimal(event["data"]["amount"])
    stripe, crm = clean.vendor("stripe"), clean.vendor("salesforce")
    # Stripe counts in minor units, of which the yen has none.
    shown = query(
        """
        select 'invoice', id, total / case upper(currency) when 'JPY' then 1 else 100 end from invoices
        union all
        select 'payment', id, amount / case upper(currency) when 'JPY' then 1 else 100 end from charges
        union all
        select 'booking', Id, Amount from opportunities where IsWon
        """,
        invoices=stripe["invoices"],
        charges=stripe["charges"],
        opportunities=crm["opportunities"],
    )
    known = {(kind, record): Decimal(str(amount)) for kind, record, amount in shown}
    assert len({kind for kind, _ in told}) == 3 and len(told) > 50
    assert {key: known.get(key) for key in told} == told


def test_some_events_come_twice_and_the_days_do_not_come_in_order(clean: Snapshot) -> None:
    events = events_of(clean)
    assert len({event["id"] for event in events}) < len(events)
    assert [event["time"] for event in events] != sorted(event["time"] for event in events)


def test_the_labelled_errors_are_in_the_files_and_nowhere_else(dirty: Snapshot, tmp_path: Path) -> None:
    drop_files(dirty, "events", news.INBOX, tmp_path)
    rows = load_dropped("events", tmp_path)["events"]
    broken = {
        (news.INBOX, "events", row["file_name"], row["file_digest"], row["line_number"])
        for row in rows
        if row["problem"]
    }
    assert broken == {news.broken_key(name) for name, _ in news.broken_files(dirty)} and len(broken) == 2
    assert {told.kind for told in news.told_wrong(dirty)} == {"invoice", "payment"}


def test_what_a_receiver_put_there_stays_and_what_is_there_is_not_dropped_again(tmp_path: Path) -> None:
    received = tmp_path / f"{RECEIVED}1.jsonl"
    received.write_text("{}\n")
    drop_files(snapshot_of(7), "events", news.INBOX, tmp_path)
    changed = {path.name: path.stat().st_ctime_ns for path in tmp_path.iterdir()}
    (tmp_path / "events_2020-01-01.jsonl").write_text("{}\n")
    drop_files(snapshot_of(7), "events", news.INBOX, tmp_path)
    assert {path.name: path.stat().st_ctime_ns for path in tmp_path.iterdir()} == changed
    assert received.name in changed and len(changed) > 10


def test_before_the_systems_send_events_there_is_none() -> None:
    assert news.files(snapshot_of(7, date(2026, 8, 31), "all")) == {}
    assert max(number for _, number in news.files(snapshot_of(7)).values()) <= (AS_OF - date(1970, 1, 1)).days
