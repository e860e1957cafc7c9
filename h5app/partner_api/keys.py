"""Keys of partners: a public key, or in the sandbox a secret. The database has a secret's hash only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from h5app.partner_api import versions
from h5app.partner_api.settings import Mode
from h5app.tables import partner_keys
from partner_adapters.kit.durable.keyed_read import KeyedRead
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.strict_json import parse

Scope = Literal[
    "launches:write",
    "launches:read",
    "status:read",
    "events:read",
    "webhooks:write",
    "webhooks:read",
    "requests:read",
    "sandbox",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
Kind = Literal["secret", "jwk"]
# The algorithms of each curve. Every other key is refused. RFC 9864 calls EdDSA of this curve Ed25519.
ALGORITHMS = {"P-256": ("ES256",), "Ed25519": ("Ed25519", "EdDSA")}


class KeyRefused(Exception):
    """The public key or a scope cannot be used. The text says why."""


@dataclass(frozen=True)
class Key:
    """One row of `partner_key`, without its secret's hash."""

    key_id: str
    partner: str
    mode: Mode
    kind: Kind
    scopes: frozenset[str]
    label: str
    version: str
    made_from: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    jwk: str | None = field(default=None, repr=False)
    secret_hash: str | None = field(default=None, repr=False)

    def serves(self, now: datetime) -> bool:
        """Whether the key and its tokens are accepted."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class NewKey:
    """A key that is to be written. `secret` is shown once, None for a public key."""

    row: dict[str, Any]
    secret: str | None = field(repr=False)

    @property
    def key_id(self) -> str:
        key_id: str = self.row["key_id"]
        return key_id


def make(
    partner: str,
    mode: Mode,
    scopes: Collection[str],
    now: datetime,
    *,
    label: str = "",
    jwk: str | None = None,
    version: str = versions.NEWEST,
    expires_at: datetime | None = None,
    made_from: str | None = None,
) -> NewKey:
    """Return a new key, not written yet. Raises `KeyRefused`."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise KeyRefused(f"scopes are of {' '.join(SCOPES)}")
    if mode == "live" and jwk is None:
        raise KeyRefused("a live key needs a public key")
    if mode == "live" and "sandbox" in scopes:
        raise KeyRefused("the scope sandbox is of sandbox keys")
    secret = None if jwk else f"sk_{mode}_{new_secret()}"
    row = {
        "key_id": f"key_{secrets.token_hex(10)}",
        "partner": partner,
        "mode": mode,
        "kind": "jwk" if jwk else "secret",
        "secret_hash": hash_secret(secret) if secret else None,
        "jwk": public_jwk(jwk) if jwk else None,
        "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
        "label": label,
        "version": version,
        "made_from": made_from,
        "created_at": now,
        "expires_at": expires_at,
    }
    return NewKey(row, secret)


def write(conn: Connection, key: NewKey) -> None:
    """Store a new key."""
    conn.execute(insert(partner_keys).values(**key.row))


def expire(conn: Connection, key_id: str, at: datetime) -> None:
    """Let a key end at this moment, unless it ends earlier."""
    later = (partner_keys.c.expires_at.is_(None)) | (partner_keys.c.expires_at > at)
    conn.execute(update(partner_keys).where(partner_keys.c.key_id == key_id, later).values(expires_at=at))


def revoke(conn: Connection, key_id: str, now: datetime) -> list[str]:
    """End a key at once, with every key that it rotated itself into. Return their ids, [] for an unknown key."""
    ended: list[str] = []
    waiting = [key_id]
    while waiting:
        current = waiting.pop()
        if conn.scalar(select(partner_keys.c.key_id).where(partner_keys.c.key_id == current)) is None:
            continue
        open_ = [partner_keys.c.key_id == current, partner_keys.c.revoked_at.is_(None)]
        conn.execute(update(partner_keys).where(*open_).values(revoked_at=now))
        ended.append(current)
        # A thief of the key may have rotated it.
        waiting += conn.scalars(
            select(partner_keys.c.key_id).where(partner_keys.c.made_from == current)
        ).all()
    return ended


def list_of(conn: Connection, partner: str | None = None) -> list[Key]:
    """Return the keys of a partner, or all of them, oldest first."""
    query = select(partner_keys).order_by(partner_keys.c.created_at, partner_keys.c.key_id)
    if partner is not None:
        query = query.where(partner_keys.c.partner == partner)
    return [_read(row) for row in conn.execute(query).all()]


_FIND = KeyedRead(select(partner_keys).where(partner_keys.c.key_id == bindparam("key_id")))


async def find(store: Store, key_id: str) -> Key | None:
    """Return the key with this id, also one that has ended."""
    rows: Sequence[Any] = await store.read_by_key(_FIND, {"key_id": key_id})
    return _read(rows[0]) if rows else None


def public_jwk(text: str) -> str:
    """Return the public part of a JWK (P-256 or Ed25519) as JSON. Raises `KeyRefused`."""
    try:
        given = parse(text)
        if not isinstance(given, dict):
            raise KeyRefused("must be one JWK, a JSON object")
        if "d" in given:
            raise KeyRefused("holds the private key: keep that, and send the public part")
        key: ECKey | OKPKey = (
            OKPKey.import_key(given) if given.get("kty") == "OKP" else ECKey.import_key(given)
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise KeyRefused("must be a JWK of P-256 or Ed25519") from error
    if key.curve_name not in ALGORITHMS:
        raise KeyRefused("must be a JWK of P-256 or Ed25519")
    names = ("kty", "crv", "x", "y")
    return json.dumps({name: given[name] for name in names if name in given}, separators=(",", ":"))


def import_public(jwk: str) -> ECKey | OKPKey:
    """Return the key of a stored JWK."""
    values = parse(jwk)
    return OKPKey.import_key(values) if values["kty"] == "OKP" else ECKey.import_key(values)


def _read(row: Row[Any] | Any) -> Key:
    return Key(
        key_id=row.key_id,
        partner=row.partner,
        mode=row.mode,
        kind=row.kind,
        scopes=frozenset(row.scopes.split()),
        label=row.label,
        version=row.version,
        made_from=row.made_from,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        jwk=row.jwk,
        secret_hash=row.secret_hash,
    )
