"""Pay runs as DATEV booking batches (EXTF), dropped into a folder; people are summed up on arrival."""
