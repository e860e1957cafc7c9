"""A bank's request that its customer authorises a query: read from the address, answered by a redirect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from mock_partners.outside.data_sources.settings import BankClient

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Unregistered(Exception):
    """The bank or its return address is not registered, or the request is malformed. The page then leads nowhere."""


@dataclass(frozen=True)
class AuthorisationRequest:
    """A valid request of a registered bank."""

    bank_id: str
    bank_name: str
    redirect_uri: str
    state: str
    challenge: str

    def answered(self, **parameters: str) -> str:
        """Return the address that takes the citizen's browser back."""
        return f"{self.redirect_uri}?{urlencode({**parameters, 'state': self.state})}"


def read_request(banks: Mapping[str, BankClient], query: QueryParams) -> AuthorisationRequest:
    """Return the request. Raises `Unregistered`."""
    bank_id, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
    bank, state = banks.get(bank_id), query.get("state", "")
    challenge = query.get("code_challenge", "")
    is_well_formed = (
        len(query.multi_items()) == len(query)
        and query.get("response_type") == "code"
        and query.get("code_challenge_method") == "S256"
        and _CHALLENGE.fullmatch(challenge)
        and 1 <= len(state) <= 128
    )
    # Exact comparison: a prefix or a pattern would let an attacker receive the code.
    if bank is None or redirect_uri not in bank.redirect_uris or not is_well_formed:
        raise Unregistered
    return AuthorisationRequest(bank_id, bank.name, redirect_uri, state, challenge)
