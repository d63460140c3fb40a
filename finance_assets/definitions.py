"""Everything Dagster knows: the assets of one company, one policy over all of them.

Loading needs a company file and the dbt project, but no network, no secret and no running system.
"""

from __future__ import annotations

from dagster import Definitions, definitions, in_process_executor

from finance_assets.defs.automation import jobs, schedules, sensors
from finance_assets.defs.gates import close_gate_checks
from finance_assets.defs.landing import exposed_assets, landing_assets
from finance_assets.defs.publish import published_asset
from finance_assets.defs.resources import NightResource
from finance_assets.defs.transform import transform_assets
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import Dbt


def load_definitions(settings: Settings) -> Definitions:
    """Return the definitions of a company; parses the dbt project when its manifest is older than its files."""
    company = settings.company
    dbt = Dbt(company, settings.data_dir)
    manifest = dbt.manifest()
    assets = [
        landing_assets(company),
        exposed_assets(company, manifest),
        *transform_assets(dbt, manifest),
        published_asset(manifest),
    ]
    return Definitions(
        assets=assets,
        asset_checks=[close_gate_checks()],
        jobs=jobs(company, manifest),
        schedules=schedules(company),
        sensors=sensors(settings, [key for each in assets for key in each.keys]),
        resources={"night": NightResource()},
        # One process per run: the landing step runs its instances side by side, everything after it is one writer,
        # and a process per step would cost more seconds than the steps.
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """Return the definitions of the company that the environment names."""
    return load_definitions(Settings.from_environment())
