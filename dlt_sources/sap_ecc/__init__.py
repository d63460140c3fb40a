"""SAP ECC, read as its system.yaml says."""
