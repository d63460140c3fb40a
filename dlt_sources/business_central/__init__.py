"""Business Central, read as its system.yaml says."""
