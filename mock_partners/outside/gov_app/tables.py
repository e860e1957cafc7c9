"""Tables of this party: signing keys, codes, tokens, grants, armed deviations, and the ids of used assertions."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, MetaData, String, Table

from partner_adapters.kit.durable.columns import Moment

metadata = MetaData()

signing_key = Table(
    "signing_key",
    metadata,
    Column("host", String(32), primary_key=True),
    Column("kid", String(64), primary_key=True),
    Column("jwk", JSON, nullable=False),
    Column("made_at", Moment, nullable=False),
)

code = Table(
    "code",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("host", String(32), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("redirect_uri", String(500), nullable=False),
    Column("code_challenge", String(64), nullable=False),
    Column("scope", String(500), nullable=False),
    Column("sign_in", JSON, nullable=False),
    Column("deviations", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

pushed_request = Table(
    "pushed_request",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("host", String(32), nullable=False),
    Column("client_id", String(128), nullable=False),
    Column("query", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

access_token = Table(
    "access_token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Index("access_token_of_code", "code_hash"),
)

assertion = Table(
    "assertion",
    metadata,
    Column("client_id", String(200), primary_key=True),
    Column("jti", String(200), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)

deviation = Table(
    "deviation",
    metadata,
    Column("host", String(32), primary_key=True),
    Column("names", JSON, nullable=False),
)

grant = Table(
    "handed_out",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("host", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person", String(32)),
    Column("facts", JSON, nullable=False),
    Column("deviations", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
