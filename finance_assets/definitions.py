"""Everything Dagster knows: the assets of one company, one policy over all of them.

Loading needs a company file and the dbt project, but no network, no secret and no running system.
"""

from __future__ import annotations

from datetime import date

from dagster import Definitions, definitions, in_process_executor

from finance_assets.defs.automation import jobs, schedules
from finance_assets.defs.gates import close_gate_checks
from finance_assets.defs.landing import exposed_assets, landing_assets
from finance_assets.defs.publish import published_asset
from finance_assets.defs.resources import Dbt, NightResource
from finance_assets.defs.transform import transform_assets
from finance_assets.lib.night import default_as_of
from finance_assets.lib.project import DBT_PROJECT
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import DBT_EXECUTABLE, current_manifest


def load_definitions(settings: Settings, as_of: date | None = None) -> Definitions:
    """Return the definitions of a company; parses the dbt project when its manifest is older than its files.

    `as_of` spares dbt a second parse when it is the day of the run to come.
    """
    company = settings.company
    manifest = current_manifest(company, settings.data_dir, as_of or default_as_of(company))
    return Definitions(
        assets=[
            landing_assets(company),
            exposed_assets(company, manifest),
            *transform_assets(manifest),
            published_asset(manifest),
        ],
        asset_checks=[close_gate_checks()],
        jobs=jobs(company, manifest),
        schedules=schedules(company),
        resources={
            "night": NightResource(),
            "dbt": Dbt(project_dir=DBT_PROJECT, dbt_executable=DBT_EXECUTABLE),
        },
        # One process per run: the landing step runs its instances side by side, everything after it is one writer,
        # and a process per step would cost more seconds than the steps.
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """Return the definitions of the company that the environment names."""
    return load_definitions(Settings.from_environment())
