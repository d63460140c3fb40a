"""The control store: runs, loads and their verdicts, exceptions with their history. The only row-by-row writer."""
