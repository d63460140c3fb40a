"""What exists: assets, checks, jobs and schedules. How they are made is in `lib`."""
