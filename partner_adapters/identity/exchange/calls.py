"""Building the signed call of a step, and sending it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from partner_adapters.identity.crypto.outgoing import Outgoing, Pairs
from partner_adapters.identity.crypto.signers import Signer, sign
from partner_adapters.identity.errors import Code, IdentityUnavailable
from partner_adapters.identity.exchange.flow import Step
from partner_adapters.identity.fields.templates import fill
from partner_adapters.kit.values.canonical import text_of
from partner_adapters.kit.values.strict_json import compact
from partner_adapters.kit.web.calls.http_client import Answer, CallFailed, HttpClient


def call_of(
    api: str, step: Step, values: Mapping[str, str], signers: Mapping[str, Signer], now: datetime
) -> Outgoing:
    """Return the call with its variables filled in, signed. Raises ValueError if the signer does not fit the step."""
    call = Outgoing(
        step.method,
        f"{api}{step.path}",
        query=pairs(step.query, values),
        form=None if step.form is None else pairs(step.form, values),
        json=None if step.json_body is None else fill(step.json_body, values),
        headers=fill(step.headers, values),
    )
    return call if step.sign is None else sign(signers[step.sign], call, now)


def pairs(templates: Mapping[str, Any], values: Mapping[str, str]) -> Pairs:
    """Return parameters as text. A table becomes compact JSON."""
    return tuple((name, text_of(fill(template, values))) for name, template in templates.items())


async def send(http: HttpClient, call: Outgoing, step: Step) -> Answer:
    """Send the call and return the answer. Raises `IdentityUnavailable`."""
    headers, content = dict(call.headers), None
    if call.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        content = urlencode(call.form).encode()
    if call.json is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
        content = compact(call.json).encode()
    url = f"{call.url}?{urlencode(call.query)}" if call.query else call.url
    try:
        response = await http.send(
            call.method, url, repeatable=step.repeatable, headers=headers, content=content
        )
    except CallFailed as error:
        raise IdentityUnavailable(Code.UNAVAILABLE, f"{step.name}: no answer") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise IdentityUnavailable(Code.UNAVAILABLE, f"{step.name}: status {response.status_code}")
    return response
