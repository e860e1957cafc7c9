"""Outside parties, played for tests and demos."""
