"""Credit lines."""
