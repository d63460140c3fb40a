"""The European Central Bank, read as its system.yaml says."""
