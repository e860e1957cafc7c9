"""Who holds a partner's statement. From anyone else it authorises nothing.

A statement that answers a request contains a nonce, and its holder knows the secret from which the nonce was made.
Some partners state more than they were asked: a launch, a pushed address, an answer without a nonce. The first caller
that presents such a statement becomes its holder.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.customers.tables import statement_holder
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.identity.holder import answers
from partner_adapters.identity.identity import VerifiedIdentity, digest_of

_t = statement_holder.c


def holds(conn: Connection, ctx: Context, issuer: str, seen: VerifiedIdentity, secret: str) -> bool:
    """Whether the caller with this secret holds the statement. Records the holder of one without a nonce."""
    if not secret:
        return False
    if seen.nonce is not None:
        return answers(seen.nonce, secret)
    # Two callers at once: the database admits one row, and the transaction of the second is run again.
    statement, holder = digest_of(f"{issuer}\n{seen.content_digest}"), digest_of(secret)
    query = select(_t.holder_hash).where(_t.bank_id == ctx.bank_id, _t.statement_hash == statement)
    known = conn.execute(query).scalar_one_or_none()
    if known is None:
        row = {"bank_id": ctx.bank_id, "statement_hash": statement, "holder_hash": holder}
        conn.execute(insert(statement_holder).values(**row, presented_at=ctx.wall))
        return True
    return hmac.compare_digest(known, holder)
