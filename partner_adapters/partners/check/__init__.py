"""Check a configuration: describe it, or probe its hosts."""
