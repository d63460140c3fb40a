"""The close gate: nothing reaches the marts or a reader unless every suite of the reconciliation schema holds."""

from collections.abc import Iterator

from dagster import AssetCheckResult, AssetChecksDefinition, AssetCheckSeverity, AssetCheckSpec, multi_asset_check

from finance_assets.defs.resources import NightResource
from finance_assets.lib.close_gate import SCHEMA, check_close_gate
from finance_assets.lib.keys import table_key
from finance_assets.lib.project import EXPECTATIONS

CLOSE_GATE = "close_gate"


def close_gate_checks() -> AssetChecksDefinition:
    """Return the blocking checks of the close gate, one per suite."""
    tables = sorted(path.stem for path in (EXPECTATIONS / SCHEMA).glob("*.yaml"))

    @multi_asset_check(
        name=CLOSE_GATE,
        specs=[
            AssetCheckSpec(
                CLOSE_GATE,
                asset=table_key(SCHEMA, table),
                blocking=True,
                description="Expectations that must hold before the marts are built and anything is published.",
            )
            for table in tables
        ],
    )
    def close_gate(night: NightResource) -> Iterator[AssetCheckResult]:
        with night.night.step(CLOSE_GATE):
            results = check_close_gate(night.night)
        for result in results:
            schema, table = result.table.split(".")
            yield AssetCheckResult(
                check_name=CLOSE_GATE,
                asset_key=table_key(schema, table),
                passed=result.is_passed,
                severity=AssetCheckSeverity.ERROR,
                metadata={
                    "expectations": result.expectations,
                    "findings": "; ".join(finding["what"] for finding in result.findings),
                },
            )

    return close_gate
