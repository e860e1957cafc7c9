"""Try the core's token: whether it accepts our client's secret, and which bank and partner the token names."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from partner_adapters.kit.values import strict_json
from partner_adapters.kit.web.basic_auth import basic
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient
from partner_adapters.partners.check.findings import Finding
from partner_adapters.partners.check.refusals import error_of_answer
from partner_adapters.partners.partner import Partner

_EXPECTED = "a token for client_id with client_secret"


async def try_token(partner: Partner, http: HttpClient) -> list[Finding]:
    """Ask the core for one token, as h5app does before its first call."""
    core = partner.core
    url = f"{core.base_url}/oauth/token"
    headers = {"Authorization": basic(core.client_id, core.client_secret.get_secret_value())}
    form = {"grant_type": "client_credentials"}
    try:
        answer = await http.send("POST", url, data=form, headers=headers, repeatable=True)
    except CallFailed as error:
        found = f"{url}: {error.reason}"
        return [
            Finding("fault", "core.base_url", _EXPECTED, found, "check the address, and that the core runs")
        ]
    if answer.status_code == 401:
        found = f"the core refuses {core.client_id} ({error_of_answer(answer.content)})"
        mend = "copy both from the core's `clients`, or add this client there and restart the core"
        return [Finding("fault", "core.client_secret", _EXPECTED, found, mend)]
    token = _token_in(answer.content) if answer.status_code == 200 else None
    if token is None:
        found = f"{url} answers with status {answer.status_code} and no token"
        return [Finding("fault", "core.base_url", _EXPECTED, found, "check that this is the core's address")]
    accepted = Finding("ok", "core.client_secret", _EXPECTED, f"the core accepts {core.client_id}")
    return [accepted, *_named(partner, _claims(token))]


def _named(partner: Partner, claims: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge whom the token names. The core decides by it, so we cannot check its signature."""
    # In a world of testers the id has the world's name behind it.
    expected = partner.id.partition("~")[0]
    named, bank = claims.get("partner"), claims.get("bank")
    if not isinstance(named, str) or not isinstance(bank, str):
        return
    found = f"the token names partner {named!a} of bank {bank!a}"
    wanted = f"a token that names partner {expected!a}"
    if named == expected:
        yield Finding("ok", "core.client_id", wanted, found)
    else:
        mend = f"use the client whose `partner` at the core is {expected!a}"
        yield Finding("fault", "core.client_id", wanted, found, mend)


def _token_in(content: bytes) -> str | None:
    try:
        token = strict_json.parse(content.decode())["access_token"]
    except (ValueError, KeyError, TypeError):
        return None
    return token if isinstance(token, str) else None


def _claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a signed token, or nothing of a token in another form."""
    _, _, payload = token.rpartition(".")[0].partition(".")
    try:
        claims = strict_json.parse(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode())
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
