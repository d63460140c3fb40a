"""The tables of the work queue as the first version of the control store made them; frozen, to be upgraded in tests."""

from datetime import UTC, date, datetime

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
)

from finance_assets.control.tables import Amount

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("company", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("outcome", String),
    Column("reason", Text),
    Column("failure_class", String),
    Column("code_version", String, nullable=False),
    Column("content_hash", String),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

exceptions = Table(
    "exceptions",
    metadata,
    Column("exception_id", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("natural_key", String, nullable=False),
    Column("entity_code", String),
    Column("period_month", Date),
    Column("amount_transaction", Amount),
    Column("transaction_currency", String),
    Column("amount_at_risk_group", Amount),
    Column("group_currency", String),
    Column("severity", String),
    Column("owner", String),
    Column("description", Text),
    Column("source_instance", String),
    Column("status", String, nullable=False),
    Column("first_seen", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("cleared_as_of", Date),
    UniqueConstraint("type", "natural_key"),
)

exception_history = Table(
    "exception_history",
    metadata,
    Column("change_id", Integer, primary_key=True, autoincrement=True),
    Column("exception_id", ForeignKey("exceptions.exception_id"), nullable=False),
    Column("event", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("changes", JSON, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

MONDAY, TUESDAY, WEDNESDAY = date(2026, 9, 28), date(2026, 9, 29), date(2026, 9, 30)


def fill(connection: Connection) -> None:
    """Make the tables and leave in them what three nights of that version left; a fourth run failed early."""
    metadata.create_all(connection)
    moment = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
    nights = [("r1", MONDAY, "hash"), ("r2", TUESDAY, "hash"), ("r3", WEDNESDAY, None), ("failed", WEDNESDAY, None)]
    connection.execute(
        insert(runs),
        [
            {
                "run_id": run_id,
                "company": "acme",
                "as_of": as_of,
                "code_version": "v1",
                "content_hash": content_hash,
                "started_at": moment,
                "finished_at": moment,
            }
            for run_id, as_of, content_hash in nights
        ],
    )
    queue = [("A", "reopened", WEDNESDAY, None), ("B", "cleared", MONDAY, TUESDAY)]
    connection.execute(
        insert(exceptions),
        [
            {
                "exception_id": f"id-{key}",
                "type": "invoice_not_posted",
                "natural_key": f"billing|{key}",
                "status": status,
                "first_seen": MONDAY,
                "last_seen": last_seen,
                "cleared_as_of": cleared_as_of,
            }
            for key, status, last_seen, cleared_as_of in queue
        ],
    )
    lines = [
        ("A", "opened", MONDAY, "r1", {}),
        ("B", "opened", MONDAY, "r1", {}),
        ("A", "cleared", TUESDAY, "r2", {}),
        ("B", "cleared", TUESDAY, "r2", {}),
        ("A", "reopened", WEDNESDAY, "r3", {}),
        ("A", "changed", WEDNESDAY, "r3", {"owner": ["x", "y"]}),
    ]
    connection.execute(
        insert(exception_history),
        [
            {
                "exception_id": f"id-{key}",
                "event": event,
                "as_of": as_of,
                "run_id": run_id,
                "changes": changes,
                "changed_at": moment,
            }
            for key, event, as_of, run_id, changes in lines
        ],
    )
