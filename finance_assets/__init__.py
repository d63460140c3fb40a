"""The finance platform: orchestration, gates, publication and the control store."""
