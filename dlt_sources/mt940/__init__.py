"""Bank statements in SWIFT MT940, dropped into a folder."""
