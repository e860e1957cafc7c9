"""What is known about an application at one moment: what sources stated, and what the core knows itself.

It is read together, because asking, deciding and each check of a consent need the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from mock_partners.bank.core.credit.applicant import customer_group, identity_facts
from mock_partners.bank.core.credit.listing import BLACKLIST, listing_facts
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    product_of_application,
    statements_about_application,
)
from mock_partners.bank.core.credit.sources import CONNECTORS, Connector, believed
from mock_partners.bank.core.customers import CustomerRecord, StandingConsent, read_customer
from mock_partners.bank.core.customers.records import unwithdrawn_consents
from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import CREDIT_BUREAU
from mock_partners.bank.core.products.document import ProductDocument


@dataclass(frozen=True)
class KnownFacts:
    """The application, its product and applicant, and every statement.

    `standing`: those of the application's consents that stand, by purpose. `answered`: the sources that have stated
    something. `unanswered`: the connectors of the product's other sources.
    """

    application: ApplicationRecord
    document: ProductDocument
    applicant: CustomerRecord
    standing: Mapping[str, StandingConsent]
    answered: frozenset[str]
    unanswered: Sequence[Connector]
    statements: Sequence[SourceStatement]

    def verdict(self, ctx: Context) -> Verdict:
        """Return what the rules say on these facts alone."""
        return decide(self.document, self.statements, ctx.today, ctx.parameters.lpr_ppm)


def read_known_facts(
    conn: Connection, ctx: Context, application: ApplicationRecord, fresh: Sequence[SourceStatement] = ()
) -> KnownFacts:
    """Return what is known now. `fresh`: statements that may not be stored yet. One that is stored comes before."""
    document = product_of_application(conn, ctx.bank_id, application)
    stored = statements_about_application(conn, ctx.bank_id, application.application_id)
    known = {each.source for each in stored}
    statements = [*stored, *(each for each in fresh if each.source not in known)]
    answered = frozenset(each.source for each in statements)
    unanswered = [
        CONNECTORS[source]
        for source in sorted(document.sources)
        if source in CONNECTORS and source not in answered
    ]
    consent_ids = list(application.consents.values())
    unwithdrawn = unwithdrawn_consents(conn, ctx.bank_id, application.customer_id, consent_ids)
    not_withdrawn = {each.purpose for each in unwithdrawn}
    by_purpose = {each.purpose: each for each in unwithdrawn if each.ended_at is None}
    facts = {
        "amount_fen": application.amount_fen,
        "term_months": application.term_months,
        "group": customer_group(conn, ctx, application.customer_id),
        # More could not be signed for where the customer applied.
        "at_most_fen": application.at_most_fen or document.asking.max_fen,
        # What may still be asked needs a standing consent. What was answered needs one that is not withdrawn,
        # as for the staff: one that ended with another application still covers what was queried on it.
        "consents_stand": all(each.purpose in by_purpose for each in unanswered)
        and all(
            CONNECTORS[source].purpose in not_withdrawn
            for source in answered & document.sources.keys()
            if source in CONNECTORS
        ),
    }
    applicant = read_customer(conn, ctx.bank_id, application.customer_id)
    sound = believed(statements, applicant.name)
    # Not for a document that does not ask: a decision keeps what it was told.
    listing = (
        [listing_facts(conn, ctx, application.customer_id, sound)] if BLACKLIST in document.sources else []
    )
    reported_on = next((each.as_of for each in statements if each.source == CREDIT_BUREAU), None)
    return KnownFacts(
        application,
        document,
        applicant,
        by_purpose,
        answered,
        unanswered,
        [
            identity_facts(conn, ctx, application.customer_id, statements),
            lending_facts(conn, ctx, application.customer_id, reported_on),
            SourceStatement("application", ctx.today, facts),
            *listing,
            *sound,
        ],
    )
