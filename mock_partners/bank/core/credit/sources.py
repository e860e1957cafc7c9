"""Asking a source about an applicant on a standing consent, and what of its answer is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.credit import authorisations
from mock_partners.bank.core.customers import CustomerRecord, StandingConsent
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.data.client import DataSources, Mistyped
from partner_adapters.data.connectors import CONNECTORS, Connector
from partner_adapters.data.quality import FAULTS, contradictions, judged_facts
from partner_adapters.data.wire import ConsentProof, Question
from partner_adapters.kit.values.problems import Problem

__all__ = ["CONNECTORS", "Connector", "ask_source", "believed", "question_for"]


def question_for(
    conn: Connection,
    ctx: Context,
    applicant: CustomerRecord,
    standing: Mapping[str, StandingConsent],
    connector: Connector,
) -> Question:
    """Return the question to the source, with the consent and the authorisation that allow it now.

    `standing`: by purpose, the consents to ask on, as this transaction has read them. Problems 403 `consent.missing`,
    409 `authorisation.missing`.
    """
    consent = standing.get(connector.purpose)
    if consent is None:
        raise Problem(403, "consent.missing", params={"purpose": connector.purpose})
    proof = ConsentProof(id=consent.consent_id, purpose=connector.purpose, sha256=consent.sha256)
    return Question(
        id_number=applicant.id_number,
        name=applicant.name,
        consent=proof,
        authorisation=authorisations.reference_for(conn, ctx, applicant.customer_id, connector),
    )


async def ask_source(
    data: DataSources, bank_id: str, connector: Connector, question: Question, today: date
) -> SourceStatement:
    """Return the source's answer as facts, with `faults` beside them where it cannot be believed.

    An answer that cannot be read as a record is a fault too. Raises `Problem` if the source refused, `CallFailed` if it
    did not answer.
    """
    try:
        record = await data.ask(bank_id, connector, question)
    except Mistyped:
        return SourceStatement(connector.source, today, {FAULTS: ["mistyped"]})
    facts = judged_facts(record, question.name, question.id_number)
    return SourceStatement(connector.source, record.as_of, facts)


def believed(statements: Sequence[SourceStatement], applicant: str) -> list[SourceStatement]:
    """Return the statements for a decision. Of a source with faults, or that another contradicts, no fact is left.

    The decision then finds its facts missing, and doubt refers. `applicant`: the name of the customer who applies.
    """
    at_odds = contradictions({each.source: each.facts for each in statements}, applicant)
    return [
        replace(each, facts={FAULTS: faults})
        if (faults := [*each.facts.get(FAULTS, []), *at_odds.get(each.source, [])])
        else each
        for each in statements
    ]
