"""Addresses of the other parties. Each application gets them, so that none knows worlds, ports or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partner_adapters.kit.web.calls.http_client import HttpClient


@dataclass(frozen=True)
class Parties:
    """Base URLs by party name, without a trailing slash, and the client to call them with."""

    http: HttpClient
    urls: Mapping[str, str]

    def url(self, party: str) -> str:
        """Return the party's base URL. KeyError names a party that is not configured."""
        return self.urls[party]
