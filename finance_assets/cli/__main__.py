"""`python -m finance_assets.cli`: the same as `finance`, for processes started by this package."""

from finance_assets.cli import main

main(prog_name="finance")
