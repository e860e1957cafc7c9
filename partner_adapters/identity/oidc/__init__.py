"""Hosts that speak OpenID Connect."""
