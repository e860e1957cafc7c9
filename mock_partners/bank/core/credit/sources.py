"""The sources that may be asked about an applicant, each with the consent that allows it; their answers as facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from mock_partners.bank.core.customers import consents, read_customer
from mock_partners.bank.core.decision.facts import SourceStatement
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

SourceAnswer = PreCreditListing | CreditReport | CourtCases


@dataclass(frozen=True)
class Connector:
    """How one source is asked, and the purpose that a consent must name.

    `leaves_a_record`: the query is paid for or stands in the person's record, so it is made only where it can matter.
    """

    source: str
    purpose: Purpose
    leaves_a_record: bool
    call: Callable[[DataSources, str, Question], Awaitable[SourceAnswer]]


# A product may name a source that is not listed here: its facts are missing, so a person decides.
CONNECTORS: Mapping[str, Connector] = {
    connector.source: connector
    for connector in (
        Connector("pre_credit_list", "pre_credit_inquiry", False, DataSources.pre_credit_list),
        Connector("credit_bureau", "credit_bureau_inquiry", True, DataSources.credit_report),
        Connector("courts", "courts_inquiry", True, DataSources.court_cases),
    )
}


def question_for(
    conn: Connection, ctx: Context, customer_id: str, consent_id: str, connector: Connector
) -> Question:
    """Return the question to the source, with the consent that allows it now. Problem 403 `consent.missing`."""
    given = consents.require(conn, ctx, customer_id, [consent_id], [connector.purpose])
    applicant, consent = read_customer(conn, ctx.bank_id, customer_id), given[connector.purpose]
    proof = ConsentProof(id=consent.consent_id, purpose=connector.purpose, sha256=consent.sha256)
    return Question(id_number=applicant.id_number, name=applicant.name, consent=proof)


async def ask_source(
    data: DataSources, bank_id: str, connector: Connector, question: Question
) -> SourceStatement:
    """Return the source's answer as facts. Raises `Problem` if it refused, `CallFailed` if it did not answer."""
    answer = await connector.call(data, bank_id, question)
    return SourceStatement(connector.source, answer.as_of, flatten(answer))


def flatten(answer: BaseModel) -> dict[str, Any]:
    """Return one level of JSON-ready facts, money in fen. Fields of a nested model become the answer's own."""
    facts: dict[str, Any] = {}
    for name in type(answer).model_fields:
        if name == "currency":  # facts are in fen
            continue
        value = getattr(answer, name)
        if isinstance(value, BaseModel):
            facts |= flatten(value)
        elif isinstance(value, list):
            facts[name] = [flatten(item) for item in value]
        elif value is None or isinstance(value, (int, str)):
            facts[name] = value
        else:
            facts[name] = value.isoformat()
    return facts
