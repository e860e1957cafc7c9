"""Which bank calls: each names itself and its secret by HTTP Basic."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.requests import Request

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import Secret
from partner_adapters.kit.web.basic_auth import read_basic


def calling_bank(request: Request, secrets: Mapping[str, Secret]) -> str:
    """Return the bank that calls. `secrets`: bank id → its secret. Problem 401 `access.unknown_caller`."""
    bank_id, secret = read_basic(request.headers.get("authorization", "")) or ("", "")
    # An unknown bank is compared as well, so that the answer's time does not tell which banks exist.
    expected = secrets[bank_id].get_secret_value() if bank_id in secrets else ""
    is_same = hmac.compare_digest(secret.encode(), expected.encode())
    if bank_id not in secrets or not is_same:
        challenge = {"WWW-Authenticate": 'Basic realm="esign"'}
        raise Problem(
            401, "access.unknown_caller", "name the bank and its secret by HTTP Basic", headers=challenge
        )
    return bank_id
