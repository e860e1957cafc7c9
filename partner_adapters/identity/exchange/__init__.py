"""Hosts that exchange a code or ticket in one to three calls."""
