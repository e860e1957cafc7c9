"""Worlds, people and registrations for testers."""
