"""The tables of the control store. Timestamps here are bookkeeping (UTC); every business date is an as-of date."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData()


class Amount(TypeDecorator[Decimal]):
    """DECIMAL(28,4). SQLite has no decimals and would keep a float, so there the digits are kept as text."""

    impl = Numeric(28, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else Numeric(28, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """A UTC timestamp. SQLite keeps no zone, so there it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# outcome is null while a run goes on; see control.store.Outcome.
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
    # When the run brought the work queue up to what it found; people decide on the queue of the latest such night.
    Column("queue_updated_at", Moment),
)

# One extraction of an instance: started → landed → accepted or rejected, or failed on the way.
loads = Table(
    "loads",
    metadata,
    Column("load_id", String, primary_key=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("instance", String, nullable=False),
    Column("system", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("load_sequence", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", Text),
    Column("failure_class", String),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    # Made of the instance's request budget, also by a load that failed.
    Column("requests", Integer),
    UniqueConstraint("instance", "as_of", "attempt"),
)

load_resources = Table(
    "load_resources",
    metadata,
    Column("load_id", ForeignKey("loads.load_id"), primary_key=True),
    Column("resource", String, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("load_mode", String, nullable=False),
    Column("cursor_from", String),
    Column("cursor_to", String),
)

# One row per suite and run: what a gate looked at and what it found.
gate_results = Table(
    "gate_results",
    metadata,
    Column("gate_result_id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("load_id", ForeignKey("loads.load_id")),
    Column("gate", String, nullable=False),
    Column("table_name", String, nullable=False),
    Column("expectations", Integer, nullable=False),
    Column("is_passed", Boolean, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
)

# Append-only: what went into each checkpoint of a run and what came out. Amounts are of one currency; without one there
# is none. A subject is `schema.table`; source_instance is empty where the rows are of no one instance.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("checkpoint_id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("checkpoint", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("source_instance", String),
    Column("amount_name", String),
    Column("currency_code", String),
    Column("rows_in", BigInteger),
    Column("rows_out", BigInteger),
    Column("amount_in", Amount),
    Column("amount_out", Amount),
    Column("is_passed", Boolean, nullable=False),
    Column("finding", Text),
    Column("checked_at", DateTime(timezone=True), nullable=False),
)

# What has failed and how long that lasts: a source by its instance, a run by the step that failed. It is one incident
# until it ends, over however many nights. The amount, where one is known, is what does not tie, in its currency.
incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", Integer, primary_key=True, autoincrement=True),
    Column("failure_class", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_step", Text, nullable=False),
    Column("amount", Amount),
    Column("currency_code", String),
    Column("first_seen", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("first_run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("last_run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("ended_as_of", Date),
)

# What the run knew of every instance when its warehouse was built.
source_status = Table(
    "source_status",
    metadata,
    Column("run_id", ForeignKey("runs.run_id"), primary_key=True),
    Column("source_instance", String, primary_key=True),
    Column("system", String, nullable=False),
    Column("state", String, nullable=False),
    Column("as_of", Date),
    Column("age_days", Integer),
    Column("last_load_id", String),
    Column("rows", BigInteger, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("reason", Text),
)

# The work queue. An exception is (type, natural key): its id and its row stay for good. The row is the present; how it
# came about is in the history. The company's routing names the owner, a person the assignee.
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
    Column("next_step", Text),
    Column("assignee", String),
    # The deadlines of the night that opened, or reopened, it; sla_status is what the nights since have found.
    Column("due_date", Date),
    Column("due_at", Moment),
    Column("warn_at", Moment),
    Column("sla_status", String),
    # The night on whose queue somebody last decided or commented.
    Column("decided_as_of", Date),
    Column("resolution", Text),
    # Asked for while waiver_approved_by is null; the last as-of date it is good for is waiver_until.
    Column("waiver_reason", Text),
    Column("waiver_until", Date),
    Column("waiver_requested_by", String),
    Column("waiver_approved_by", String),
    # The longest term of a waiver, as the last night that found it has it from the policy of its type.
    Column("longest_waiver_days", Integer),
    UniqueConstraint("type", "natural_key"),
)

# Append-only: every change of an exception. changed_by is a person or `night`; the run is the evidence of a night's
# change, and the night on whose queue a person decided.
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
    Column("changed_by", String),
    Column("from_status", String),
    Column("to_status", String),
    Column("reason", Text),
    # Who was logged in, when it is another name than that of who decided; so below.
    Column("login", String),
)

# Append-only: every decision on a month of an entity's books, by a person or `night`. The run is the publication it was
# taken on, or the night that took a signature away. `figures` is what was signed, `changes` what was found instead.
period_decisions = Table(
    "period_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=True),
    Column("entity_code", String, nullable=False),
    Column("module", String, nullable=False),
    Column("period_month", Date, nullable=False),
    Column("event", String, nullable=False),
    Column("from_status", String, nullable=False),
    Column("to_status", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("decided_by", String, nullable=False),
    Column("reason", Text),
    Column("figures", JSON),
    Column("changes", JSON),
    Column("decided_at", Moment, nullable=False),
    Column("login", String),
)

# The golden customer every customer record was published with: a row per record and night that changed it. A night
# reads what the nights before it left, so that an id, once given, stays with its customer.
customer_ids = Table(
    "customer_ids",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("source_instance", String, primary_key=True),
    Column("source_customer_id", String, primary_key=True),
    Column("customer_key", String, nullable=False),
    Column("customer_id", String, nullable=False),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
)

# The parent every golden customer was published with, null at the top: a row per customer and night that changed it.
customer_parents = Table(
    "customer_parents",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("parent_customer_id", String),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
)

# What two people stand behind in the mapping files, as it was published: a row per decision, with its first night.
approved_mapping_rows = Table(
    "approved_mapping_rows",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("mapping_name", String, primary_key=True),
    Column("mapping_key", String, primary_key=True),
    Column("decision", Text, primary_key=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
)

# Append-only: every proposal of a mapping's row, its approval or rejection; the row as it was then.
mapping_decisions = Table(
    "mapping_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=True),
    Column("mapping", String, nullable=False),
    Column("mapping_key", String, nullable=False),
    Column("event", String, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("reason", Text),
    Column("row", JSON, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("login", String),
)
