"""The address law: `schema.table` is the table, the asset key, the path of its suite. Only this module builds keys."""

from __future__ import annotations

import re

from dagster import AssetKey

from finance_assets.lib.landing import landing_schema
from finance_assets.lib.warehouse import landed_schema

PUBLISHED_KEY = AssetKey(["published", "finance"])


def table_key(schema: str, table: str) -> AssetKey:
    """Return the key of a table in the warehouse."""
    return AssetKey([schema, table])


def landing_key(instance: str, resource: str) -> AssetKey:
    """Return the key of what an instance lands of a resource."""
    return table_key(landing_schema(instance), resource)


def landed_key(system: str, resource: str) -> AssetKey:
    """Return the key of what the gates let through of a resource, over all instances."""
    return table_key(landed_schema(system), resource)


def team(owner: str) -> str:
    """Return the owner of a system in Dagster's spelling, as team:head-of-accounting."""
    return "team:" + re.sub(r"[^a-z0-9]+", "-", owner.lower()).strip("-")
