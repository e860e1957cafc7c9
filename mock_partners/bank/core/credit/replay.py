"""Making stored decisions again, from what is stored alone: each must come out byte for byte as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core.credit.tables import application, decision
from mock_partners.bank.core.decision.engine import ENGINE, Verdict, decide
from mock_partners.bank.core.decision.facts import SourceStatement, sha256_of_all
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import Pair
from mock_partners.bank.core.products.catalogue import digest, frozen

_d, _a = decision.c, application.c


def replayed_decisions(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Return a pair for each decision of this engine: (1, 1) if it comes out again, byte for byte.

    What a person decided is not made again, nor what another version of the engine did.
    """
    query = (
        select(decision, _a.product_code)
        .join(application, (_a.bank_id == _d.bank_id) & (_a.application_id == _d.application_id))
        .where(_d.bank_id == ctx.bank_id, _d.decided_by == "machine")
        .order_by(_d.application_id, _d.number)
    )
    for row in conn.execute(query).all():
        # Earlier decisions kept no statements.
        if row.statements and row.trace.get("engine", ENGINE) == ENGINE:
            yield f"{row.application_id} {row.number}", 1, int(_comes_out_again(conn, row))


def verdict_columns(verdict: Verdict) -> dict[str, Any]:
    """Return what is stored of a verdict, by column."""
    return {
        "outcome": verdict.outcome,
        "limit_fen": verdict.limit_fen,
        "rate_ppm": verdict.rate_ppm,
        "reasons": [reason.model_dump(mode="json") for reason in verdict.reasons],
        "better_from": verdict.better_from,
        "trace": verdict.trace,
    }


def _comes_out_again(conn: Connection, row: Row[Any]) -> bool:
    statements = [SourceStatement.load(stored) for stored in row.statements]
    # What the core states of the applicant is of the business date of the decision.
    today = next(each.as_of for each in statements if each.source == "identity")
    document = frozen(conn, row.bank_id, row.product_sha256)
    if (digest(document), sha256_of_all(statements)) != (row.product_sha256, row.facts_sha256):
        return False
    again = verdict_columns(decide(document, statements, today, row.lpr_ppm))
    return _sha256_of(again) == _sha256_of({name: getattr(row, name) for name in again})


def _sha256_of(columns: dict[str, Any]) -> str:
    return canonical_sha256(
        {n: str(value) if isinstance(value, date) else value for n, value in columns.items()}
    )
