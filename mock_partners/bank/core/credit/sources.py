"""The sources that an application may ask, each with the consent that allows it, and their answers as facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from mock_partners.bank.core.customers import consents, person
from mock_partners.bank.core.decision.facts import Statement
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.data.client import DataSources
from partner_adapters.data.wire import (
    ConsentProof,
    CourtCases,
    CreditReport,
    PreCreditListing,
    Purpose,
    Question,
)

Answer = PreCreditListing | CreditReport | CourtCases


@dataclass(frozen=True)
class Connector:
    """How one source is asked."""

    source: str
    purpose: Purpose
    call: Callable[[DataSources, str, Question], Awaitable[Answer]]


CONNECTORS: Mapping[str, Connector] = {
    one.source: one
    for one in (
        Connector("pre_credit_list", "pre_credit_inquiry", DataSources.pre_credit_list),
        Connector("credit_bureau", "credit_bureau_inquiry", DataSources.credit_report),
        Connector("courts", "courts_inquiry", DataSources.court_cases),
    )
}
"""A product may name a source that is not here: its facts are missing, and a person looks."""


def question(
    conn: Connection, ctx: Context, customer_id: str, consent_id: str, connector: Connector
) -> Question:
    """What may be asked now: on a consent that stands at this moment. Problem 403 `consent.missing`."""
    found = consents.require(conn, ctx, customer_id, [consent_id], [connector.purpose])
    who, consent = person(conn, ctx.bank_id, customer_id), found[connector.purpose]
    proof = ConsentProof(id=consent.consent_id, purpose=connector.purpose, sha256=consent.sha256)
    return Question(id_number=who.id_number, name=who.name, consent=proof)


async def ask(data: DataSources, bank_id: str, connector: Connector, about: Question) -> Statement:
    """The source's word as facts. Raises `Problem` (refused) or `CallFailed` (no answer came)."""
    answer = await connector.call(data, bank_id, about)
    return Statement(connector.source, answer.as_of, flat(answer))


def flat(answer: BaseModel) -> dict[str, Any]:
    """One level of JSON-ready facts, money in fen: a part within (the household) counts as the answer's own."""
    facts: dict[str, Any] = {}
    for name in type(answer).model_fields:
        if name == "currency":  # facts are in fen
            continue
        value = getattr(answer, name)
        if isinstance(value, BaseModel):
            facts |= flat(value)
        elif isinstance(value, list):
            facts[name] = [flat(row) for row in value]
        elif value is None or isinstance(value, (int, str)):
            facts[name] = value
        else:
            facts[name] = value.isoformat()
    return facts
