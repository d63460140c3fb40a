"""Shows the close board and takes people's decisions on the months of an entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import click
import duckdb
from rich.markup import escape

from finance_assets.cli.published import open_published
from finance_assets.cli.queue import ID_SHOWN, acted, current_user
from finance_assets.cli.tables import show, table, tell
from finance_assets.control.periods import FIGURE, Period, PeriodState, approve, reopen, sign, typed
from finance_assets.control.store import ControlStore
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.records import records
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings

# The month that closes, and the one that runs.
MONTHS_SHOWN = 2
# What people have accepted or cured since the publication holds nothing up any more.
_QUIET = ("waived", "cleared")
_BOARD = """
    with still_there as (
        select * from marts.mart_close__period_items
        where exception_id is null or exception_id not in (select unnest($quiet))
    ),

    counted as (
        select
            entity_code, module, period_month,
            count(*) filter (where blocks) as blocking_count,
            max_by(readiness, readiness_rank) as readiness,
            count(exception_id) as exception_count,
            sum(amount) filter (where exception_id is not null) as amount_at_risk_group,
            string_agg(distinct owner, ', ' order by owner) filter (where blocks) as blocking_owners
        from still_there
        group by all
    )

    select
        board.entity_code, board.entity_name, board.module, board.period_month,
        coalesce(counted.readiness, 'not checked') as readiness,
        board.controls_passed, board.control_count,
        coalesce(counted.exception_count, 0) as exception_count,
        coalesce(counted.blocking_count, 0) as blocking_count,
        coalesce(counted.amount_at_risk_group, 0) as amount_at_risk_group,
        board.group_currency, counted.blocking_owners
    from marts.mart_close__board as board
    left join counted using (entity_code, module, period_month)
    order by board.period_month desc, board.entity_code, board.module
"""
_ITEMS = """
    select item_kind, item_name, exception_id, is_passed, blocks, readiness, owner, description, amount, currency_code
    from marts.mart_close__period_items
    where entity_code = $entity and module = $module and period_month = $month
        and (exception_id is null or exception_id not in (select unnest($quiet)))
    order by blocks desc, is_passed, item_kind, amount desc nulls last
"""
_NOT_PUBLISHED = """
    select exception_id, amount_at_risk_group
    from reconciliation.exception_months
    where entity_code = $entity and period_month = $month
        and exception_id not in (
            select exception_id from marts.mart_close__period_items where exception_id is not null
        )
"""
_FIGURES = f"""
    select {", ".join(f"cast({name} as varchar) as {name}" for name in FIGURE)}
    from reconciliation.fct_period_figures
    where entity_code = $entity and module = $module and period_month = $month
    order by figure_key, currency_code
"""
_CHANGES = """
    select figure_key, currency_code, amount_closing_signed, amount_closing_now, amount_debit_now - amount_debit_signed,
        amount_credit_now - amount_credit_signed
    from reconciliation.signed_figure_changes
    where entity_code = $entity and module = $module and period_month = $month
    order by figure_key, currency_code
"""


@dataclass(frozen=True)
class BoardFilter:
    """Which months are wanted; what is not said does not matter."""

    entity: str | None = None
    month: date | None = None
    module: str | None = None
    with_closed: bool = False

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Return whether the row of the board is wanted."""
        return (
            self.entity in (None, row["entity_code"])
            and self.month in (None, row["period_month"])
            and self.module in (None, row["module"])
            and (self.with_closed or self.month is not None or row["period_status"] != "closed")
        )


class _Close:
    """The published warehouse with the decisions that were taken since."""

    def __init__(self, store: ControlStore, connection: duckdb.DuckDBPyConnection, run: Mapping[str, Any]) -> None:
        self.store = store
        self.run_id: str = run["run_id"]
        self.as_of = date.fromisoformat(run["as_of"])
        self._connection = connection
        self._exceptions = store.exceptions()
        self._quiet = [row["exception_id"] for row in self._exceptions if row["status"] in _QUIET]

    def board(self) -> list[dict[str, Any]]:
        states = {state.period: state for state in self.store.period_states()}
        rows = self._rows(_BOARD, quiet=self._quiet)
        for row in rows:
            period = Period(row["entity_code"], row["module"], row["period_month"])
            state = states.get(period, PeriodState(period))
            row |= {"period_status": state.status, "signed_by": state.signed_by, "approved_by": state.approved_by}
        return rows

    def items(self, period: Period) -> list[dict[str, Any]]:
        return [*self._accepted_no_longer(period), *self._rows(_ITEMS, **_named(period), quiet=self._quiet)]

    def figures(self, period: Period) -> list[dict[str, Any]]:
        return self._rows(_FIGURES, **_named(period))

    def changes(self, period: Period) -> list[dict[str, Any]]:
        return self._rows(_CHANGES, **_named(period))

    def blocking(self, period: Period) -> list[str]:
        return [_said(item) for item in self.items(period) if item["blocks"]]

    def _accepted_no_longer(self, period: Period) -> list[dict[str, Any]]:
        """Exceptions of the month that were published as waived and are in work again: a night has to judge them."""
        of_the_month = {
            row["exception_id"]: row["amount_at_risk_group"]
            for row in self._rows(_NOT_PUBLISHED, entity=period.entity_code, month=period.month)
        }
        return [
            {
                "item_kind": "exception",
                "item_name": row["type"],
                "exception_id": row["exception_id"],
                "is_passed": False,
                "blocks": True,
                "readiness": "blocked",
                "owner": row["owner"],
                "description": f"{row['description']} (its waiver has ended since the last night)",
                "amount": of_the_month[row["exception_id"]],
                "currency_code": row["group_currency"],
            }
            for row in self._exceptions
            if row["exception_id"] in of_the_month and row["status"] not in _QUIET and self._has_just_ended(row)
        ]

    def _has_just_ended(self, row: Mapping[str, Any]) -> bool:
        """Whether somebody has ended its waiver since the publication."""
        return any(
            line["event"] == "waiver_ended" and line["run_id"] == self.run_id
            for line in self.store.exception_history(row["exception_id"])
        )

    def _rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return records(self._connection, query, parameters)


def show_board(wanted: BoardFilter, as_json: bool) -> None:
    """Show the close board."""
    with _close() as close:
        rows = [row for row in close.board() if wanted.takes(row)]
        as_of = close.as_of
    if as_json:
        click.echo(to_json(rows))
        return
    shown = rows
    if wanted.entity is None and wanted.month is None:
        # Nobody looks at two years of months that were never closed here.
        newest = sorted({row["period_month"] for row in rows}, reverse=True)[:MONTHS_SHOWN]
        shown = [row for row in rows if row["period_month"] in newest]
    columns = ("month", "entity", "module", "", "controls", "open", "blocking", "at risk", "", "whose", "status", "by")
    show(table(f"Close board as of {as_of}", columns, [_on_board(row) for row in shown]))
    if len(shown) < len(rows):
        tell(f"… and {len(rows) - len(shown)} rows of earlier months: --entity or --month shows them")
    tell("\nLook at one   finance close show ENTITY MONTH\n")


def show_period(entity_code: str, module: str, month: date, as_json: bool) -> None:
    """Show everything about one month of an entity."""
    period = Period(entity_code, module, month)
    with _close() as close:
        items, changes, figures = close.items(period), close.changes(period), close.figures(period)
        decisions = _decisions(close.store, period)
        state = close.store.period_states()
    standing = next((one for one in state if one.period == period), PeriodState(period))
    if as_json:
        facts = {name: value for name, value in asdict(standing).items() if name not in ("period", "figures")}
        click.echo(
            to_json({**asdict(period), **facts, "items": items, "changed_figures": changes, "history": decisions})
        )
        return
    if not items and not figures:
        raise click.ClickException(f"the published warehouse has no books {period}; see `finance close board --all`")
    tell(f"\n[bold]{escape(str(period))}[/]  {_standing(standing)}")
    controls = [item for item in items if item["item_kind"] == "control"]
    exceptions = [item for item in items if item["item_kind"] == "exception"]
    columns = ("", "control", "difference", "", "whose")
    rows = [
        (item["readiness"], item["description"], item["amount"], item["currency_code"], item["owner"])
        for item in controls
    ]
    show(table("Controls", columns, rows))
    if exceptions:
        columns = ("", "id", "exception", "at risk", "", "whose")
        rows = [
            (
                item["readiness"],
                item["exception_id"][:ID_SHOWN],
                item["description"],
                item["amount"],
                item["currency_code"],
                item["owner"],
            )
            for item in exceptions
        ]
        show(table("Exceptions in work", columns, rows))
    if changes:
        columns = ("figure", "", "closing signed", "closing now", "debits by", "credits by")
        show(table("Signed figures that have changed", columns, [list(change.values()) for change in changes]))
    if decisions:
        show(_history_table(decisions))
    blocking = sum(item["blocks"] for item in items)
    tell(f"\n{len(figures)} figures; {blocking} things block the close.")
    tell(f"[bold]How to go on[/]  {escape(_next_step(standing, blocking))}\n")


def sign_period(
    entity_code: str, module: str, month: date, user: str | None, reason: str | None, as_json: bool
) -> None:
    """Sign the figures of a month as they are published."""
    by, period = current_user(user), Period(entity_code, module, month)
    _decide(
        period,
        lambda close, state: sign(state, by, close.as_of, reason, close.figures(period), close.blocking(period)),
        as_json,
    )


def approve_period(
    entity_code: str, module: str, month: date, user: str | None, reason: str | None, as_json: bool
) -> None:
    """Close a month that somebody else has signed."""
    by, period = current_user(user), Period(entity_code, module, month)
    _decide(period, lambda close, state: approve(state, by, close.as_of, reason, close.blocking(period)), as_json)


def reopen_period(entity_code: str, module: str, month: date, user: str | None, reason: str, as_json: bool) -> None:
    """Open a month again."""
    by, period = current_user(user), Period(entity_code, module, month)
    _decide(period, lambda close, state: reopen(state, by, close.as_of, reason), as_json)


def show_history(entity_code: str, module: str, month: date, as_json: bool) -> None:
    """Show every decision on a month."""
    with _close() as close:
        decisions = _decisions(close.store, Period(entity_code, module, month))
    if as_json:
        click.echo(to_json(decisions))
        return
    show(_history_table(decisions))


def _decide(period: Period, take: Callable[[_Close, PeriodState], dict[str, Any]], as_json: bool) -> None:
    with _close() as close:
        state = close.store.decide_period(period, close.run_id, lambda before: take(close, before))
    if as_json:
        named = {name: getattr(state, name) for name in ("status", "signed_by", "approved_by", "as_of", "reason")}
        click.echo(to_json({**asdict(period), **named, "figures_signed": len(state.figures)}))
        return
    click.echo(f"{period} is {state.status}: {len(state.figures)} figures as of {state.as_of}.")
    click.echo(_next_step(state, 0))


def _next_step(state: PeriodState, blocking: int) -> str:
    period = state.period
    if blocking and state.status != "closed":
        return "settle what blocks: finance exceptions show ID"
    return {
        "soft_closed": f"somebody other than {state.signed_by} approves: {typed(period, 'approve')}",
        "closed": f"nothing to do; to open it again: {typed(period, 'reopen')}",
    }.get(state.status, typed(period, "sign"))


def _on_board(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        f"{row['period_month']:%Y-%m}",
        row["entity_code"],
        row["module"],
        row["readiness"],
        f"{row['controls_passed']}/{row['control_count']}",
        row["exception_count"],
        row["blocking_count"],
        row["amount_at_risk_group"],
        row["group_currency"],
        row["blocking_owners"],
        row["period_status"],
        row["approved_by"] or row["signed_by"],
    )


def _said(item: Mapping[str, Any]) -> str:
    named = f"{item['exception_id'][:ID_SHOWN]} " if item["exception_id"] else ""
    return f"{named}{item['description']} ({item['owner'] or 'nobody'})"


def _standing(state: PeriodState) -> str:
    by = f", signed by {state.signed_by}" if state.signed_by else ""
    by += f", approved by {state.approved_by}" if state.approved_by else ""
    return f"{state.status}{by}"


def _decisions(store: ControlStore, period: Period) -> list[dict[str, Any]]:
    rows = []
    for row in store.period_decisions(period):
        names = ("as_of", "event", "decided_by", "from_status", "to_status", "reason", "changes", "run_id", "login")
        rows.append({**{name: row[name] for name in names}, "decided_at": row["decided_at"]})
    return rows


def _history_table(decisions: list[dict[str, Any]]) -> Any:
    columns = ("as of", "what", "who", "from", "to", "why", "run", "recorded (UTC)")
    rows = [
        (
            row["as_of"],
            row["event"],
            acted(row["decided_by"], row["login"]),
            row["from_status"],
            row["to_status"],
            row["reason"],
            row["run_id"][:ID_SHOWN],
            f"{row['decided_at']:%Y-%m-%d %H:%M}",
        )
        for row in decisions
    ]
    return table("Signatures", columns, rows)


def _named(period: Period) -> dict[str, Any]:
    return {"entity": period.entity_code, "module": period.module, "month": period.month}


@contextmanager
def _close() -> Iterator[_Close]:
    settings = Settings.from_environment()
    with open_published(settings) as connection, closing(settings.open_store()) as store:
        yield _Close(store, connection, read_manifest(settings.data_dir.published))
