"""`/keys`: which keys the partner has, and how a key replaces itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy import Connection

from h5app.partner_api import keys
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.keys import Key, KeyRefused, NewKey, Scope
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, Moment, Wire
from partner_adapters.kit.durable.idempotency import Answer

DAY_S = 86_400


class ApiKey(Wire):
    """A key, without what it proves itself by."""

    key_id: str
    mode: Literal["sandbox", "live"]
    kind: Literal["secret", "jwk"]
    scopes: list[Scope]
    label: str
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    last_used_at: Moment | None


class ApiKeyList(Wire):
    """Every key of the partner in this mode, oldest first."""

    items: list[ApiKey]


class RotateKey(Command):
    """The new key has the scopes of the old one."""

    jwk: str | None = Field(default=None, max_length=2000)
    """The new public key, as the text of a JWK of P-256 or Ed25519. Needed by a live key."""
    overlap_s: int = Field(default=DAY_S, ge=0, le=7 * DAY_S)
    """For how long the old key still serves."""


class RotatedKey(Wire):
    """The new key. Its `secret` is shown here and never again."""

    key: ApiKey
    secret: str | None


async def list_keys(call: Call) -> ApiKeyList:
    """Return the keys of the partner."""
    found = await call.api.store.read(lambda conn: keys.list_of(conn, call.partner))
    return ApiKeyList(items=[_shown(key) for key in found if key.mode == call.key.mode])


async def rotate(call: Call) -> Answer:
    """Make a key that replaces the one that asks."""
    if call.ids["key_id"] != call.key.key_id:
        raise refusal("key.other", "ask with the key that is to be replaced")
    wanted, now = call.sent(RotateKey), call.api.clock.wall()
    if call.key.kind == "jwk" and wanted.jwk is None:
        raise refusal("key.public_key_needed", field="jwk")
    # The answer may be stored for an earlier request. This key is then never written.
    new = _make(call.key, wanted, call)

    def effect(conn: Connection) -> RotatedKey:
        keys.write(conn, new)
        keys.expire(conn, call.key.key_id, now + timedelta(seconds=wanted.overlap_s))
        (shown,) = [key for key in keys.list_of(conn, call.partner) if key.key_id == new.key_id]
        return RotatedKey(key=_shown(shown), secret=new.secret)

    return await call.write_once(effect)


def _make(key: Key, wanted: RotateKey, call: Call) -> NewKey:
    try:
        return keys.make(
            key.partner,
            key.mode,
            key.scopes,
            call.api.clock.wall(),
            label=key.label,
            jwk=wanted.jwk,
            version=key.version,
            made_from=key.key_id,
        )
    except KeyRefused as error:
        raise refusal("field.invalid", str(error), "jwk") from error


def _shown(key: Key) -> ApiKey:
    return ApiKey(
        key_id=key.key_id,
        mode=key.mode,
        kind=key.kind,
        scopes=[scope for scope in keys.SCOPES if scope in key.scopes],
        label=key.label,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


ENDPOINTS = [
    Endpoint("GET", "/keys", "keys_list", "List your keys.", ApiKeyList, list_keys),
    Endpoint(
        "POST",
        "/keys/{key_id}/rotate",
        "keys_rotate",
        "Replace the key that asks. The old one serves on for a while.",
        RotatedKey,
        rotate,
        body=RotateKey,
        status=201,
        once=True,
        unknown="key.unknown",
    ),
]
