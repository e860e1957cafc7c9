"""Hosts whose server hands customers over by a signed assertion."""
