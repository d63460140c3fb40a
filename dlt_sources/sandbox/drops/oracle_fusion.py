"""Delivers the extracts of the BI Cloud Connector: everything on a Sunday, and every night what changed that day.

A delivery is a zipped CSV file per data store, the keys that exist in it for some, and a manifest with the MD5 of each.
Combinations and balances know no changes and come whole every night.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.columns import moments, times
from dlt_sources.sandbox.company.vendors.oracle_fusion import EXTRACTED, SYSTEM

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

__all__ = ["SYSTEM", "files"]

_GENERAL_LEDGER = "FscmTopModelAM.FinExtractAM.GlBiccExtractAM"
_ACCOUNTING = "FscmTopModelAM.FinExtractAM.XlaBiccExtractAM"
_RECEIVABLES = "FscmTopModelAM.FinExtractAM.ArBiccExtractAM"
STORES = {
    "ledgers": f"{_GENERAL_LEDGER}.LedgerExtractPVO",
    "legal_entities": "FscmTopModelAM.FinExtractAM.XleBiccExtractAM.LegalEntityExtractPVO",
    "period_statuses": f"{_GENERAL_LEDGER}.PeriodStatusExtractPVO",
    "code_combinations": f"{_GENERAL_LEDGER}.CodeCombinationExtractPVO",
    "value_set_values": "FscmTopModelAM.AnalyticsServiceAM.ValueSetValuesPVO",
    "daily_rates": f"{_GENERAL_LEDGER}.DailyRateExtractPVO",
    "balances": f"{_GENERAL_LEDGER}.BalanceExtractPVO",
    "journal_headers": f"{_GENERAL_LEDGER}.JournalHeaderExtractPVO",
    "journal_lines": f"{_GENERAL_LEDGER}.JournalLineExtractPVO",
    "journal_header_keys": f"{_GENERAL_LEDGER}.JournalHeaderExtractPVO",
    "journal_line_keys": f"{_GENERAL_LEDGER}.JournalLineExtractPVO",
    "subledger_lines": f"{_ACCOUNTING}.SubledgerJournalLineExtractPVO",
    "subledger_headers": f"{_ACCOUNTING}.SubledgerJournalHeaderExtractPVO",
    "subledger_transactions": f"{_ACCOUNTING}.SubledgerJournalTransactionEntityExtractPVO",
    "receivable_schedules": f"{_RECEIVABLES}.PaymentScheduleExtractPVO",
    "receivable_applications": f"{_RECEIVABLES}.ReceivableApplicationExtractPVO",
    "payment_applications": "FscmTopModelAM.FinExtractAM.ApBiccExtractAM.PaidDisbursementScheduleExtractPVO",
    "customer_accounts": "CrmAnalyticsAM.CrmExtractAM.HzBiccExtractAM.CustomerAccountExtractPVO",
}
_WHOLE = ("code_combinations", "balances")
_SUNDAY = 6
_EXTRACTED_AT = timedelta(hours=23, minutes=30)


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The deliveries since the last full one, by file name, with the day of each."""
    found: dict[str, tuple[bytes, int]] = {}
    first = snapshot.day - int((days.weekday_of(snapshot.day) - _SUNDAY) % 7)
    for day in range(max(first, days.FIRST_DAY), snapshot.day + 1):
        then = snapshot.world.as_of(days.to_date(day), snapshot.switches.names)
        delivery = _delivery(then, is_full=day == max(first, days.FIRST_DAY))
        stamp = _moment(day).strftime("%Y%m%d_%H%M%S")
        lines = ["PLV_KEY=FUSION_10_0"]
        for name, content in delivery.items():
            lines.append(f"{name};{_document_id(name)};{hashlib.md5(content, usedforsecurity=False).hexdigest()}")
            found[name] = content, day
        found[f"MANIFEST-{stamp}.MF"] = ("\n".join(lines) + "\n").encode(), day
    return found


def _delivery(snapshot: Snapshot, *, is_full: bool) -> dict[str, bytes]:
    """The files of one night."""
    at = _moment(snapshot.day)
    since = times(moments(pa.array([snapshot.day]).to_numpy(), 0))[0]
    delivery = {}
    for number, (resource, store) in enumerate(STORES.items(), start=1):
        table = EXTRACTED[resource](snapshot)
        is_keys = resource.endswith("_keys")
        if not (is_full or is_keys or resource in _WHOLE):
            (changed,) = [name for name in table.column_names if name.endswith("LastUpdateDate")]
            table = table.filter(pc.greater_equal(table[changed], since))
        stem = f"file_{store.lower().replace('.', '_')}-batch{_document_id(store) + number}-{at:%Y%m%d_%H%M%S}"
        delivery[f"{stem}.zip"] = _zipped(f"{stem}.{'pecsv' if is_keys else 'csv'}", _csv(table), at)
    return delivery


def _moment(day: int) -> datetime:
    return datetime.combine(days.to_date(day), datetime.min.time()) + _EXTRACTED_AT


def _document_id(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:7], 16)


def _csv(table: pa.Table) -> bytes:
    """Text in double quotes, nothing where there is nothing."""
    buffer = io.BytesIO()
    csv.write_csv(table, buffer)
    return buffer.getvalue()


def _zipped(name: str, content: bytes, at: datetime) -> bytes:
    """An archive of one file, the same bytes whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
