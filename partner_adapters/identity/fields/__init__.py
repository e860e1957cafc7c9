"""Mapping a host's fields to ours."""
