"""Pay runs as the documented CSV file, dropped into a folder; people are summed up on arrival."""
