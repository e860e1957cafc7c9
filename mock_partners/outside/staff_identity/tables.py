"""Tables of this party: authorization codes and the access tokens that they bought."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, String, Table

from partner_adapters.kit.durable.columns import Moment

metadata = MetaData()

code = Table(
    "code",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("nonce", String(200), nullable=False),
    Column("code_challenge", String(64), nullable=False),
    Column("signed_in_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    # The hash of the access token that it bought.
    Column("token_hash", String(64)),
)
