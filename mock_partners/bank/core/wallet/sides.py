"""The entries of an account in SQL: its postings by side, and what a search asks of them.

Money goes out where the wallet is debited, and comes in where it is credited. Each side has an index of its own, in the
order of the statement. So each is asked for by itself, which a view of both would not allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, or_, select

from mock_partners.bank.core.kernel.account_roles import INCOME_FEES
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import journal, posting
from partner_adapters.core_bank.statements import EntrySearch

_p, _j = posting.c, journal.c
OF_JOURNAL = (_j.bank_id == _p.bank_id) & (_j.journal_id == _p.journal_id)
# Ends the kind of an entry that is a fee.
FEE = "_fee"
# Brackets of either width part words too: a card is called 中国银行（1234）.
_PARTING = str.maketrans("（）()", "    ")


@dataclass(frozen=True)
class Side:
    """One side of a posting: the account on it, the account opposite, the balance after it, and what it changes."""

    code: ColumnElement[str]
    other_code: ColumnElement[str]
    after_fen: ColumnElement[int]
    change_fen: ColumnElement[int]
    direction: str
    index: str

    def select(self, bank_id: str, account_id: str, *columns: Any) -> Select[Any]:
        """Return the query for these columns of the account's entries on this side, joined with their journals.

        SQLite keeps no statistics here, and would read every posting of the bank instead of those that the index finds.
        """
        query = select(*columns).select_from(posting).join(journal, OF_JOURNAL)
        own = query.where(_p.bank_id == bank_id, self.code == wallet_code(account_id))
        return own.with_hint(posting, f"INDEXED BY {self.index}", "sqlite")

    @property
    def kind(self) -> ColumnElement[str]:
        """The kind of the entry. A fee is booked in the journal of the action that it is for, and named apart."""
        return case((self.other_code == INCOME_FEES, _j.kind.concat(FEE)), else_=_j.kind)


OUT = Side(_p.debit_code, _p.credit_code, _p.debit_after_fen, -_p.amount_fen, "out", "posting_of_debit")
IN = Side(_p.credit_code, _p.debit_code, _p.credit_after_fen, _p.amount_fen, "in", "posting_of_credit")


def sides_of(search: EntrySearch) -> tuple[Side, ...]:
    """Return the sides on which the search may find something."""
    return tuple(side for side in (OUT, IN) if search.direction in (None, side.direction))


def conditions(search: EntrySearch, side: Side) -> list[ColumnElement[bool]]:
    """Return what an entry on this side must meet, for a query that joins `posting` and `journal`."""
    found: list[ColumnElement[bool]] = []
    if search.kind:
        found.append(side.kind == search.kind)
    if search.least_fen is not None:
        found.append(_p.amount_fen >= search.least_fen)
    if search.most_fen is not None:
        found.append(_p.amount_fen <= search.most_fen)
    if search.first is not None:
        found.append(_j.business_date >= search.first)
    if search.last is not None:
        found.append(_j.business_date <= search.last)
    found += [_named(word) for word in search.counterparty.translate(_PARTING).split()]
    return found


def _named(word: str) -> ColumnElement[bool]:
    """Whether the counterparty's name holds the word, as it is typed: `%` and `_` stand for themselves."""
    names = [_j.counterparty[lang].as_string() for lang in ("zh", "en")]
    return or_(*(name.icontains(word, autoescape=True) for name in names))
