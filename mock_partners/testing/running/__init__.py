"""Worlds as running programs: built for a process, for a test, or for the demo."""
