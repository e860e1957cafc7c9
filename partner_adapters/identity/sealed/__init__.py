"""Hosts that hand customers over by a sealed address."""
