"""Trains the model that compares customer records and writes its weights: `make train-matching`.

The records are labelled ones of the sandbox's world; those it is measured on have another seed. A company trains on its
own by giving records it has decided on (rows of customer_match_records, with the golden customer as `label`).
"""

from __future__ import annotations

import csv
import sys
import tempfile
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from finance_assets.lib.customer_matching import train
from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT
from tests.dbt_project.golden_customers import MODELS, GoldenCustomers
from tests.dbt_project.labelled_customers import labelled_records

WEIGHTS = DBT_PROJECT / "seeds/reference/customer_match_weights.csv"
COMPANIES, SEED = 800, 20_260_101
# As a night compares: not what tax ids or identifiers of legal entities tell apart.
RULES = ("not coalesce(tax_id_l <> tax_id_r, false) and not coalesce(lei_l <> lei_r, false)",)


def main(arguments: list[str]) -> None:
    """Train on a Parquet file of labelled records, or on those of the sandbox's world, and write the seed."""
    if arguments:
        records = pq.read_table(arguments[0])
    else:
        with tempfile.TemporaryDirectory() as folder:
            golden = GoldenCustomers.of(ParsedProject(Path(folder)).render, Path(folder))
            golden.records(labelled_records(COMPANIES, SEED))
            golden.build(date(2026, 1, 31), MODELS[: MODELS.index("golden_customers/customer_domains")])
            records = golden.connection.execute(
                """
                select records.*, regexp_extract(source_customer_id, '[0-9]+') as label
                from canonical.customer_match_records as records
                """
            ).to_arrow_table()
    weights = train(records, RULES)
    with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(weights[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(weights)
    print(f"{WEIGHTS}: {len(weights)} weights from {records.num_rows} records")


if __name__ == "__main__":
    main(sys.argv[1:])
