"""Any sequence of nights and decisions: no exception twice, none lost, nothing out of turn, histories that only grow.

Nights come in any order and more than once; people decide between them, allowed or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from finance_assets.control import decisions
from finance_assets.control.decisions import DecisionRefused
from finance_assets.control.exceptions import FoundException
from tests.finance_assets.control.conftest import store_in_memory

FIRST_DAY = date(2026, 9, 28)
KEYS = ("A", "B", "C")
PEOPLE = ("ann", "bob", "ANN ", "eve")
WORKED = {"open", "assigned", "reopened"}
LONGEST_WAIVER_DAYS = 4
# What the rules of the queue allow, written down apart from the code: (status, is a waiver asked for, decision). Of
# what is reopened this holds when it is somebody's; else all there is to do is to assign it.
IN_HANDS = ("assigned", "reopened")
ALLOWED = {
    *((status, False, "assign") for status in WORKED),
    *((status, True, "assign") for status in IN_HANDS),
    *((status, False, decision) for status in IN_HANDS for decision in ("resolve", "waive")),
    *((status, True, decision) for status in IN_HANDS for decision in ("approve", "reject")),
    ("waived", False, "reopen"),
    *((status, asked, "comment") for status in (*WORKED, "resolved", "waived", "cleared") for asked in (True, False)),
}
OF_NOBODY = {"assign", "comment"}

# For the figures a run of these tests reports.
counted: dict[str, int] = defaultdict(int)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5


def found(key: str, amount: int, as_of: date) -> FoundException:
    """The exception as a night finds it: due two days later, warned of one day later."""
    due = as_of + timedelta(days=2)
    return FoundException(
        exception_id=f"id-{key}", type="invoice_not_posted", natural_key=key, entity_code="1010", period_month=None,
        amount_transaction=Decimal(amount), transaction_currency="EUR", amount_at_risk_group=Decimal(amount),
        group_currency="EUR", severity="high", owner="ar", description="d", source_instance="billing",
        next_step="post it", due_date=due, due_at=datetime.combine(due, time(18), UTC),
        warn_at=datetime.combine(due - timedelta(days=1), time(18), UTC), is_business_day=is_business_day(as_of),
        longest_waiver_days=LONGEST_WAIVER_DAYS,
    )  # fmt: skip


class WorkQueue(RuleBasedStateMachine):
    """The control store, driven at random and compared with what must always be true."""

    @initialize()
    def begin(self) -> None:
        self.store = store_in_memory()
        self.today = FIRST_DAY
        self.nights = 0
        self.ever_found: set[str] = set()
        self.histories: dict[str, list[dict[str, Any]]] = {}
        self.run_night(self.today, dict.fromkeys(KEYS, 1))

    def teardown(self) -> None:
        self.store.close()

    # what can happen

    @rule(days=st.integers(0, 4), amounts=st.dictionaries(st.sampled_from(KEYS), st.integers(1, 2)))
    def night(self, days: int, amounts: dict[str, int]) -> None:
        """The next night, or the same one again with other findings, as after a mapping was corrected."""
        self.today += timedelta(days=days)
        self.run_night(self.today, amounts)
        for row in self.rows().values():
            key = row["natural_key"]
            if key not in amounts:
                assert row["status"] == "cleared", "what the data no longer shows is cleared"
            elif row["status"] == "resolved":
                assert row["decided_as_of"] == self.today, "a resolution that did not hold lives no longer than its day"
            elif row["status"] == "waived":
                assert row["waiver_until"] >= self.today, "a waiver is good through its end date and no longer"
            else:
                assert row["status"] in WORKED, "what is found is in work"
            if key in amounts:
                assert (row["last_seen"], row["amount_at_risk_group"]) == (self.today, amounts[key])

    @rule(amounts=st.dictionaries(st.sampled_from(KEYS), st.integers(1, 2)))
    def night_twice(self, amounts: dict[str, int]) -> None:
        self.run_night(self.today, amounts)
        before = (self.rows(), self.whole_history())
        self.run_night(self.today, amounts)
        assert (self.rows(), self.whole_history()) == before, "the same night twice changes nothing"

    @rule(days=st.integers(1, 9), amounts=st.dictionaries(st.sampled_from(KEYS), st.integers(1, 2)))
    def earlier_night(self, days: int, amounts: dict[str, int]) -> None:
        """A replay of the past leaves alone whatever is newer."""
        as_of = self.today - timedelta(days=days)
        before = self.rows()
        self.run_night(as_of, amounts)
        counted["nights out of order"] += 1
        for exception_id, row in before.items():
            news = [day for day in (row["last_seen"], row["cleared_as_of"], row["decided_as_of"]) if day]
            if max(news) > as_of:
                assert self.rows()[exception_id] == row

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def assign(self, key: str, by: str, to: str) -> None:
        self.decide("assign", key, lambda row, as_of: decisions.assign(row, by, as_of, to))

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def comment(self, key: str, by: str) -> None:
        self.decide("comment", key, lambda row, as_of: decisions.comment(row, by, as_of, "hm"))

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def resolve(self, key: str, by: str) -> None:
        self.decide("resolve", key, lambda row, as_of: decisions.resolve(row, by, as_of, "done"))

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE), days=st.integers(1, 6))
    def waive(self, key: str, by: str, days: int) -> None:
        until = self.today + timedelta(days=days)
        self.decide(
            "waive", key, lambda row, as_of: decisions.request_waiver(row, by, as_of, "agreed", until), until=until
        )

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def approve(self, key: str, by: str) -> None:
        self.decide("approve", key, lambda row, as_of: decisions.approve_waiver(row, by, as_of), by)

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def reject(self, key: str, by: str) -> None:
        self.decide("reject", key, lambda row, as_of: decisions.reject_waiver(row, by, as_of, "no"))

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def reopen(self, key: str, by: str) -> None:
        before = self.rows().get(f"id-{key}")
        self.decide("reopen", key, lambda row, as_of: decisions.end_waiver(row, by, as_of, "no more"))
        after = self.rows().get(f"id-{key}")
        if before and before["status"] == "waived":
            assert (after["status"], after["assignee"]) == ("reopened", before["assignee"])
            assert (after["owner"], after["waiver_until"]) == (before["owner"], None)

    @rule(key=st.sampled_from(KEYS), requester=st.sampled_from(PEOPLE), approver=st.sampled_from(PEOPLE))
    def get_waived(self, key: str, requester: str, approver: str) -> None:
        """The whole way at once, or the random walk would hardly ever get there."""
        self.assign(key, requester, requester)
        self.waive(key, requester, 3)
        self.approve(key, approver)

    @rule(key=st.sampled_from(KEYS), by=st.sampled_from(PEOPLE))
    def get_resolved(self, key: str, by: str) -> None:
        self.assign(key, by, by)
        self.resolve(key, by)

    # what must always be true

    @invariant()
    def every_exception_is_there_once(self) -> None:
        listed = [row["exception_id"] for row in self.store.exceptions()]
        assert sorted(listed) == sorted(self.ever_found)

    @invariant()
    def histories_only_grow_and_tell_the_whole_way(self) -> None:
        rows = self.rows()
        for exception_id, history in self.whole_history().items():
            known = self.histories.get(exception_id, [])
            assert history[: len(known)] == known, "nothing that was written is changed or gone"
            self.histories[exception_id] = history
            assert (history[0]["event"], history[0]["from_status"]) == ("opened", None)
            for before, after in pairwise(history):
                assert after["from_status"] == before["to_status"]
                assert after["as_of"] >= before["as_of"]
            assert history[-1]["to_status"] == rows[exception_id]["status"]
            assert all(line["changed_by"] for line in history)

    @invariant()
    def nobody_approves_what_they_asked_for(self) -> None:
        for history in self.whole_history().values():
            requester = None
            for line in history:
                if line["event"] == "waiver_requested":
                    requester = line["changed_by"]
                elif line["event"] in ("waiver_rejected", "cleared"):
                    requester = None if line["from_status"] in IN_HANDS else requester
                elif line["event"] == "waiver_approved":
                    assert requester is not None
                    assert requester.strip().lower() != line["changed_by"].strip().lower()
                elif line["to_status"] == "waived":
                    assert line["event"] in ("waived_again", "changed", "commented")

    @invariant()
    def a_term_is_warned_of_once_and_breached_once_and_never_on_a_free_day(self) -> None:
        for history in self.whole_history().values():
            since: list[str] = []
            for line in history:
                if line["event"] in ("opened", "reopened", "waiver_ended"):
                    since = []
                if line["event"].startswith("sla_"):
                    assert line["event"] not in since
                    assert is_business_day(line["as_of"])
                    since.append(line["event"])
            assert "sla_warned" not in since[1:], "a warning comes before the breach or not at all"

    # the machinery

    def run_night(self, as_of: date, amounts: dict[str, int]) -> None:
        self.nights += 1
        counted["nights"] += 1
        run_id = f"run-{self.nights}"
        self.store.begin_run(run_id, "acme", as_of, "v1")
        self.store.sync_exceptions(run_id, as_of, [found(key, amount, as_of) for key, amount in amounts.items()])
        self.ever_found |= {f"id-{key}" for key in amounts}

    def decide(
        self, decision: str, key: str, take: Callable[..., Any], by: str | None = None, until: date | None = None
    ) -> None:
        row = self.rows().get(f"id-{key}")
        before = (self.rows(), self.whole_history())
        asked = row is not None and row["waiver_requested_by"] is not None and row["waiver_approved_by"] is None
        expected = row is not None and (row["status"], asked, decision) in ALLOWED
        if expected and row["status"] == "reopened" and row["assignee"] is None:
            expected = decision in OF_NOBODY
        if expected and until:
            expected = (until - max(self.today, row["last_seen"])).days <= LONGEST_WAIVER_DAYS
        if expected and decision == "approve":
            is_self = by.strip().lower() == row["waiver_requested_by"].strip().lower()
            expected = not is_self and row["waiver_until"] > max(self.today, row["last_seen"])
        try:
            self.store.decide(f"id-{key}", take)
            taken = True
        except DecisionRefused as refusal:
            taken = False
            assert str(refusal)
            assert (self.rows(), self.whole_history()) == before, "what is refused leaves no trace"
        counted["decisions taken" if taken else "decisions refused"] += 1
        assert taken == expected, f"{decision} on {row and row['status']}"

    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["exception_id"]: dict(row) for row in self.store.exceptions()}

    def whole_history(self) -> dict[str, list[dict[str, Any]]]:
        histories = defaultdict(list)
        for line in self.store.whole_exception_history():
            histories[line["exception_id"]].append(dict(line))
        return histories


def check(examples: int, steps: int, *, always_the_same: bool = False) -> None:
    counted.clear()
    run_state_machine_as_test(
        WorkQueue,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=always_the_same,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    print(f"\n{examples} sequences:", ", ".join(f"{number:,} {what}" for what, number in sorted(counted.items())))


def test_any_sequence_of_nights_and_decisions_keeps_the_queue_true() -> None:
    check(examples=30, steps=30, always_the_same=True)
    assert counted["nights"] > 100 and counted["decisions taken"] > 100 and counted["nights out of order"] > 20


@pytest.mark.slow
def test_many_more_sequences() -> None:
    check(examples=200, steps=50)
