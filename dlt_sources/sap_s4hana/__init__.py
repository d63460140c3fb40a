"""SAP S/4HANA, read as its system.yaml says."""
