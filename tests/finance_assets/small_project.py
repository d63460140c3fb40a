"""A dbt project of one table per layer, with the platform's own macros and checkpoints, over the company of rates."""

from __future__ import annotations

import shutil
from pathlib import Path

from finance_assets.lib.project import DBT_PROJECT

STAGING, CANONICAL, MART = (
    "models/staging/ecb/stg_ecb__rates.sql",
    "models/canonical/fct_rates.sql",
    "models/marts/mart_rates.sql",
)
_FILES = {
    "dbt_project.yml": """
        name: finance
        profile: finance
        models:
          finance:
            +materialized: table
            +group: everything
            staging: {+schema: staging, +materialized: view}
            canonical: {+schema: canonical}
            marts: {+schema: marts}
    """,
    "models/sources.yml": """
        groups: [{name: everything, owner: {name: Everybody, email: everybody@example.com}}]
        sources:
          - {name: landed_ecb, schema: landed_ecb, tables: [{name: rates, description: Rates.}]}
    """,
    "models/models.yml": """
        models:
          - name: ecb__rejected
            description: Rejected rows.
          - name: stg_ecb__rates
            description: Rates.
            data_tests:
              - every_landed_row_once:
                  arguments:
                    grain: [source_instance, rate_date, currency_code]
                    landed: source('landed_ecb', 'rates')
                    keys: [Date, currency]
                    rejected: ref('ecb__rejected')
                    table_name: rates
          - name: fct_rates
            description: Rates.
            data_tests:
              - totals_preserved:
                  arguments:
                    before: ref('stg_ecb__rates')
                    amount: amount_rate
                    group_by: [source_instance, currency_code]
          - name: mart_rates
            description: Rates.
            data_tests:
              - totals_preserved:
                  arguments: {before: ref('fct_rates'), amount: amount_rate, group_by: [currency_code]}
    """,
    "models/staging/ecb/ecb__rejected.sql": """
        select source_instance, cast('rates' as varchar) as table_name
        from {{ source('landed_ecb', 'rates') }}
        where false
    """,
    STAGING: """
        select source_instance, load_id, "Date" as rate_date, currency as currency_code,
            cast(rate as decimal(28, 4)) as amount_rate
        from {{ source('landed_ecb', 'rates') }} as rates
    """,
    CANONICAL: "select * from {{ ref('stg_ecb__rates') }}",
    MART: "select * from {{ ref('fct_rates') }}",
}


def small_project(folder: Path) -> Path:
    """Write the project into the folder and return it."""
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("\n        ", "\n"))
    shutil.copytree(DBT_PROJECT / "macros", folder / "macros")
    for name in ("totals_preserved", "every_landed_row_once"):
        (folder / "tests" / "generic").mkdir(parents=True, exist_ok=True)
        shutil.copy(DBT_PROJECT / "tests" / "generic" / f"{name}.sql", folder / "tests" / "generic")
    return folder
