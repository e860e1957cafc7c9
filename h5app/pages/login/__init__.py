"""Arriving from a host app, logging in, face checks, logging out."""
