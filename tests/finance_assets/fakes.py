"""A company of one exchange-rate instance whose source is a list of rows: enough to land, gate and publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import yaml
from dlt.common.schema import Schema
from dlt.common.schema.normalizers import configured_normalizers

from dlt_sources.build import ExtractionSource
from dlt_sources.errors import SourceError, SourceUnavailable
from dlt_sources.settings import Company, load_company

Rates = Iterable[tuple[str | None, str, str]]
REQUESTS_PER_LOAD = 3
GOOD_RATES = [("2026-09-29", "USD", "1.1012"), ("2026-09-29", "JPY", "164.50")]


def rates_company(folder: Path, *instances: str) -> Company:
    """Return a company with the named instances of the ECB, written to a file in the folder."""
    (folder / "mappings").mkdir(exist_ok=True)
    document = {
        "company": "acme",
        "name": "Acme",
        "group_currency": "EUR",
        "group_calendar": "jan_dec",
        "mappings": "mappings",
        "instances": {name: {"system": "ecb", "base_url": "http://127.0.0.1:1/ecb"} for name in instances},
    }
    path = folder / "company.yaml"
    path.write_text(yaml.safe_dump(document))
    return load_company(path)


class FakeSources:
    """Stands in for `build_source`: gives each instance the rates put into `rates`, or raises `error` where
    `fails` says so.

    `further_columns` are columns that come along, with the same value in every row.
    """

    def __init__(self) -> None:
        self.rates: dict[str, Rates] = {}
        self.fails: dict[str, str] = {}
        self.error: type[SourceError] = SourceUnavailable
        self.further_columns: dict[str, str] = {}
        self.requests_seen: dict[str, int] = {}
        self.cursors_seen: dict[str, dict[str, str]] = {}

    def build(
        self,
        system: Any,
        instance: Any,
        as_of: date,
        load_id: str,
        cursors: Mapping[str, str],
        *,
        requests_before: int,
        on_page: Any,
    ) -> ExtractionSource:
        """Return a source with the signature of the real factory."""
        self.cursors_seen[instance.name] = dict(cursors)
        self.requests_seen[instance.name] = requests_before
        extraction = _FakeExtraction(self.rates.get(instance.name, GOOD_RATES), load_id, dict(cursors), as_of)

        def pages() -> Iterable[pa.Table]:
            yield extraction.table(self.further_columns)
            if instance.name in self.fails:
                raise self.error(
                    self.fails[instance.name], system=system.name, instance=instance.name, resource="rates"
                )
            extraction.is_finished = True
            on_page("rates", extraction.rows["rates"])

        schema = Schema(instance.name, normalizers=configured_normalizers(naming="direct"))
        resource = dlt.resource(pages, name="rates", write_disposition="append")
        return ExtractionSource(schema, [resource], extraction)


class _FakeExtraction:
    requests = REQUESTS_PER_LOAD

    def __init__(self, rates: Rates, load_id: str, cursors: dict[str, str], as_of: date) -> None:
        self._rates = list(rates)
        self._load_id = load_id
        self._before = cursors
        self._as_of = as_of
        self.rows = {"rates": len(self._rates)}
        self.is_finished = False

    @property
    def cursors(self) -> dict[str, str]:
        return {"rates": self._as_of.isoformat()} if self.is_finished else self._before

    def table(self, further_columns: Mapping[str, str]) -> pa.Table:
        columns = list(zip(*self._rates, strict=True)) or [(), (), ()]
        named = dict(zip(("Date", "currency", "rate"), columns, strict=True))
        named |= {name: [value] * len(self._rates) for name, value in further_columns.items()}
        named["_load_id"] = [self._load_id] * len(self._rates)
        return pa.table({name: pa.array(values, pa.string()) for name, values in named.items()})
