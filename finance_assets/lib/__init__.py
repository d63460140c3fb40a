"""HOW it works: landing, gates, transformation, publication."""
