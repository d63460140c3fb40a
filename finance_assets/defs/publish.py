"""Publication: the night handed over to its readers."""

from dagster import AssetsDefinition, MaterializeResult, MetadataValue, asset

from finance_assets.defs.resources import NightResource
from finance_assets.lib.alerts import PLATFORM_OWNER
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.handover import publish_night
from finance_assets.lib.keys import PUBLISHED_KEY, table_key, team
from finance_assets.lib.publish import PUBLISHED_SCHEMAS


def published_asset(manifest: DbtManifest) -> AssetsDefinition:
    """Return the asset of the published warehouse, which reads every table it hands over."""
    relations = manifest.relations()
    tables = [table_key(schema, name) for schema in PUBLISHED_SCHEMAS for name in sorted(relations.get(schema, ()))]

    @asset(
        key=PUBLISHED_KEY,
        deps=tables,
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=[team(PLATFORM_OWNER)],
        description=(
            "The warehouse people read: one DuckDB file, swapped whole after every gate has passed, "
            "with a Parquet file per table and a manifest."
        ),
    )
    def published(night: NightResource) -> MaterializeResult:
        with night.night.step("publication"):
            publication = publish_night(night.night, manifest)
        return MaterializeResult(
            metadata={
                "database": MetadataValue.path(str(publication.database)),
                "content_hash": publication.content_hash,
                "tables": len(publication.tables),
                "dagster/row_count": sum(table.rows for table in publication.tables),
            }
        )

    return published
