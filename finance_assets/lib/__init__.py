"""How things are done: landing, gates, transformation, publication. Dagster and finance are both told elsewhere."""
