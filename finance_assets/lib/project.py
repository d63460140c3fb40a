"""Where the code's own folders are."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DBT_PROJECT = REPOSITORY / "dbt_project"
EXPECTATIONS = REPOSITORY / "expectations"
WORKSPACE = REPOSITORY / "workspace.yaml"
