"""WHAT exists: the assets, checks, jobs and schedules of the platform."""
