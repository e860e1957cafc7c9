# Made from _async/__init__.py by tools/make_sync.py. Change that file.
"""The synchronous client."""
