"""Evidence of a fresh identity check."""
