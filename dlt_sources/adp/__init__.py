"""Pay runs as ADP-style general-ledger files, dropped into a folder; people are summed up on arrival."""
