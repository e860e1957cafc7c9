"""Audit rows: each change of a signed row leaves one, linked into a chain whose head is kept outside the database."""
