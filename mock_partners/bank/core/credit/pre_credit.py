"""Pre-credit: what the bank may offer before any application, over all its products.

One check asks the bank's own list, and those sources that leave no record in anybody's file and were consented to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection, insert

from mock_partners.bank.core import orders
from mock_partners.bank.core.calculation.principal import level_payment
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.applicant import identity_facts
from mock_partners.bank.core.credit.listing import has_listing_changed_since, listing_facts
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.pre_credit_ends import has_borrowed_since, has_opened_account_since
from mock_partners.bank.core.credit.product_offers import has_line, not_asked, offer_of_product, still_true
from mock_partners.bank.core.credit.records import latest_pre_credit
from mock_partners.bank.core.credit.sources import CONNECTORS, ask_source, believed, question_for
from mock_partners.bank.core.credit.tables import pre_credit as pre_credit_table
from mock_partners.bank.core.customers import consents, read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import PRE_CREDIT_LIST
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
    queue_of,
)
from mock_partners.bank.core.kernel.stops import stopped_party
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.states import LINE_STATES
from mock_partners.bank.core.products.catalogue import all_taken_by
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.pre_credit import CheckPreCredit, PreCredit, ProductOffer
from partner_adapters.data.wire import Question
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

KIND = "pre_credit.look"
STEPS = ("confirmed", "querying", "done")
LIST = CONNECTORS["pre_credit_list"]
NO_OFFER = PreCredit(state="none")


def start(conn: Connection, ctx: Context, customer_id: str, command: CheckPreCredit, intent: str) -> Started:
    """Order a query of the list and of the other sources consented to. Problem 403 `consent.missing`."""
    require_own_customer(conn, ctx, customer_id)
    consents.require(conn, ctx, customer_id, command.consent_ids, [LIST.purpose])
    orders.start(conn, ctx, kind="pre_credit", intent=intent, customer_id=customer_id, steps=STEPS)
    consent_ids = " ".join(command.consent_ids)
    return Started(enqueue_leased(conn, ctx, KIND, intent, customer_id=customer_id, consent_ids=consent_ids))


async def query_sources(core: CoreServices, row: OutboxRow) -> Effect:
    """Query the sources at once and store what may be offered.

    Without an answer of the list the order stays `processing`. Another source that does not answer is missing.
    """
    ctx, intent = context_of(core, row), row.subject
    customer_id, consent_ids = row.payload["customer_id"], str(row.payload["consent_ids"]).split()

    def begin(conn: Connection) -> tuple[dict[str, Question], list[str]]:
        orders.step(conn, ctx, intent, "querying")
        return _questions(conn, ctx, customer_id, consent_ids)

    try:
        questions, stopped = await core.store.write(begin, queue=queue_of(row))
    except Problem as problem:
        return partial(_fail, ctx=ctx, intent=intent, code=problem.code)
    answers = await asyncio.gather(*(_ask(core, ctx, source, questions[source]) for source in questions))
    by_source = dict(zip(questions, answers, strict=True))
    of_list = by_source[LIST.source]
    if isinstance(of_list, str):
        if of_list.startswith("consent."):
            # Without a valid consent the list may not be asked, and no retry will change that.
            return partial(_fail, ctx=ctx, intent=intent, code=of_list)
        raise RetryLater(of_list)
    answered = {source: each for source, each in by_source.items() if isinstance(each, SourceStatement)}
    return lambda conn: _store_offers(conn, ctx, row, questions, answered, stopped)


async def _ask(core: CoreServices, ctx: Context, source: str, question: Question) -> SourceStatement | str:
    """Return the source's statement, or why there is none."""
    try:
        return await ask_source(core.data, ctx.bank_id, CONNECTORS[source], question, ctx.today)
    except CallFailed as error:
        return error.reason
    except Problem as problem:
        return problem.code


def _questions(
    conn: Connection, ctx: Context, customer_id: str, consent_ids: Sequence[str]
) -> tuple[dict[str, Question], list[str]]:
    """Return a question for the list, and for each other source that a product's offer rests on and a consent allows.

    Beside them those of these sources that an operator has stopped.

    Problem 403 `consent.missing` if the consent to the list does not stand any more.
    """
    given = consents.require(conn, ctx, customer_id, consent_ids, [LIST.purpose])
    applicant = read_customer(conn, ctx.bank_id, customer_id)
    wanted = {source for document in _products(conn, ctx) for source in document.limit.offer_sources}
    questions: dict[str, Question] = {}
    stopped: list[str] = []
    for source in [LIST.source, *sorted(wanted - {LIST.source})]:
        connector = CONNECTORS[source]
        if connector.purpose not in given or connector.leaves_a_record:
            continue
        if stopped_party(conn, ctx, source) is not None:
            stopped.append(source)
        else:
            try:
                questions[source] = question_for(conn, ctx, applicant, given, connector)
            except Problem:
                # The customer has not authorised the query at the source itself: it is not asked.
                if connector is LIST:
                    raise
    return questions, stopped


def latest_offer(conn: Connection, ctx: Context, customer_id: str) -> PreCredit | None:
    """Return the latest result, or None if the list was never queried. An expired offer counts as none.

    After the customer withdrew the consent, the result is not used any more: it counts as never queried. So does a
    result from before an application, a decision or a new line. The same holds if the customer came onto the blacklist
    since, or left it. An account opened since tells more of the customer: what the list offered stays, and each product
    has to be checked again.
    """
    result = latest_pre_credit(conn, ctx.bank_id, customer_id)
    if result is None or consents.is_withdrawn(conn, ctx, customer_id, LIST.purpose):
        return None
    if has_borrowed_since(conn, ctx, customer_id, result.checked_at):
        return None
    if has_listing_changed_since(conn, ctx, customer_id, result.checked_at, result.more_answers):
        return None
    is_expired = result.valid_until is not None and result.valid_until < ctx.today
    offer = NO_OFFER if is_expired else result.offer
    if has_opened_account_since(conn, ctx, customer_id, result.checked_at):
        if offer.state != "offered":
            return None
        return offer.model_copy(update={"products": [not_asked(each) for each in offer.products]})
    withdrawn = {
        purpose
        for product in result.offer.products
        for purpose in product.purposes
        if consents.is_withdrawn(conn, ctx, customer_id, purpose)
    }
    products = [still_true(product, withdrawn, ctx.today) for product in result.offer.products]
    return offer.model_copy(update={"products": products})


def read(conn: Connection, ctx: Context, customer_id: str) -> PreCredit:
    """Return the latest result. Problem 404 `pre_credit.not_asked`."""
    require_own_customer(conn, ctx, customer_id)
    offer = latest_offer(conn, ctx, customer_id)
    if offer is None:
        raise Problem(404, "pre_credit.not_asked")
    return offer


def _store_offers(
    conn: Connection,
    ctx: Context,
    row: OutboxRow,
    questions: Mapping[str, Question],
    answered: Mapping[str, SourceStatement],
    stopped: Sequence[str],
) -> None:
    # Another attempt at the same work may have ended the order in the meantime.
    if not orders.read(conn, ctx.bank_id, row.subject).is_open:
        return
    customer_id = row.payload["customer_id"]
    listed = answered[LIST.source]
    others = [answer for source, answer in answered.items() if source != LIST.source]
    silent = {*stopped, *questions} - {*answered}
    offer = _offers(conn, ctx, customer_id, silent, list(answered.values()))
    conn.execute(
        insert(pre_credit_table).values(
            bank_id=ctx.bank_id,
            intent=row.subject,
            customer_id=customer_id,
            state=offer.state,
            offer=offer.model_dump(mode="json"),
            valid_until=offer.valid_until,
            statement=listed.document,
            sha256=listed.sha256,
            consent_id=questions[LIST.source].consent.id,
            checked_at=ctx.now,
            more_answers=[
                {**answer.document, "consent_id": questions[answer.source].consent.id} for answer in others
            ],
        )
    )
    orders.succeed(conn, ctx, row.subject, {})


def _offers(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    silent: Collection[str],
    answers: Sequence[SourceStatement],
) -> PreCredit:
    """Return what the list offers, and what each product that the caller shows would."""
    applicant = read_customer(conn, ctx.bank_id, customer_id)
    sound = believed(answers, applicant.name)
    statements = [
        identity_facts(conn, ctx, customer_id, answers),
        lending_facts(conn, ctx, customer_id, None),
        listing_facts(conn, ctx, customer_id, sound),
        *sound,
    ]
    with_line = {
        line.product_code
        for line in lines_of_customer(conn, ctx, customer_id)
        if not LINE_STATES.is_final(line.state_on(ctx.today))
    }
    found = _found(ctx, _products(conn, ctx), statements, silent, with_line)
    products = [offer for _, offer in found]
    listed = next(each.facts for each in answers if each.source == LIST.source)
    code, valid_until = listed.get("product_code"), listed.get("valid_until")
    offers = [
        (document, offer) for document, offer in found if document.code == code and offer.state == "offered"
    ]
    if not offers or not valid_until:
        return NO_OFFER.model_copy(update={"products": products})
    return _headline(*offers[0], date.fromisoformat(valid_until)).model_copy(update={"products": products})


def _found(
    ctx: Context,
    documents: Sequence[ProductDocument],
    statements: Sequence[SourceStatement],
    silent: Collection[str],
    with_line: Collection[str],
) -> list[tuple[ProductDocument, ProductOffer]]:
    """Return each product with its offer. One that fails is left out and logged: it never fails the others."""
    found: list[tuple[ProductDocument, ProductOffer]] = []
    for document in documents:
        if document.code in with_line:
            found.append((document, has_line(document)))
            continue
        try:
            found.append((document, offer_of_product(ctx, document, statements, silent)))
        except Exception:
            log.exception("pre_credit.product_failed", bank_id=ctx.bank_id, subject=document.code)
    return found


def _headline(document: ProductDocument, offer: ProductOffer, valid_until: date) -> PreCredit:
    """Return the offer of the list, with the cost of the sample loan."""
    assert offer.limit_fen is not None, offer
    assert offer.rate_ppm is not None, offer
    costs, rounding = document.costs, document.loan_rules.rounding
    # Only a loan repaid in equal instalments costs the same each month.
    is_level = "level_payment" in document.asking.methods
    return PreCredit(
        state="offered",
        product_code=document.code,
        limit_fen=offer.limit_fen,
        rate_ppm=offer.rate_ppm,
        rates=offer.rates,
        valid_until=valid_until,
        sample_amount_fen=costs.sample_amount_fen,
        sample_months=costs.sample_months,
        sample_monthly_fen=level_payment(
            costs.sample_amount_fen, offer.rate_ppm, costs.sample_months, rounding
        )
        if is_level
        else None,
    )


def _products(conn: Connection, ctx: Context) -> list[ProductDocument]:
    """Return the products that the caller's app shows and a person can apply for."""
    documents = all_taken_by(conn, ctx.bank_id, ctx.today, ctx.partner)
    return [document for document in documents if set(document.customers) != {"company"}]


def _fail(conn: Connection, ctx: Context, intent: str, code: str) -> None:
    if orders.read(conn, ctx.bank_id, intent).is_open:
        orders.fail(conn, ctx, intent, code)


HANDLERS: Handlers = {KIND: OutsideWork(query_sources, (PRE_CREDIT_LIST,))}
