"""Bank statements in ISO 20022 XML, dropped into a folder."""
