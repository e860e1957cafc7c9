"""The limits that the customer set on what leaves the account: the newest of their history."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.tables import own_limit

_t = own_limit.c


@dataclass(frozen=True)
class OwnLimits:
    """The most that one transfer and one day may take. None: no own limit. `version` 0: none was ever set."""

    version: int = 0
    each_fen: int | None = None
    day_fen: int | None = None

    def is_raised_by(self, other: OwnLimits) -> bool:
        """Whether `other` lets more leave than these, in one transfer or in a day."""
        return _is_raised(self.each_fen, other.each_fen) or _is_raised(self.day_fen, other.day_fen)


def read_own_limits(conn: Connection, bank_id: str, account_id: str) -> OwnLimits:
    """Return the limits in force."""
    query = (
        select(_t.version, _t.each_fen, _t.day_fen)
        .where(_t.bank_id == bank_id, _t.account_id == account_id)
        .order_by(_t.version.desc())
    )
    row = conn.execute(query.limit(1)).first()
    return OwnLimits() if row is None else OwnLimits(row.version, row.each_fen, row.day_fen)


def insert_own_limits(
    conn: Connection, ctx: Context, account_id: str, limits: OwnLimits, intent: str
) -> None:
    """Put these limits in force, which are the next version, by the order `intent`."""
    conn.execute(
        insert(own_limit).values(
            bank_id=ctx.bank_id,
            account_id=account_id,
            version=limits.version,
            each_fen=limits.each_fen,
            day_fen=limits.day_fen,
            intent=intent,
            stated_at=ctx.now,
        )
    )


def _is_raised(before_fen: int | None, after_fen: int | None) -> bool:
    return before_fen is not None and (after_fen is None or after_fen > before_fen)
