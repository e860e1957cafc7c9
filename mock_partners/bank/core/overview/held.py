"""Rows about a customer that no other page reads, for the customer's copy. Each list is the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Row, Select, Table, select

from mock_partners.bank.core.account_services.tables import address_change
from mock_partners.bank.core.blacklist.records import entries_about
from mock_partners.bank.core.credit.explaining import reason_to_wire
from mock_partners.bank.core.credit.records import product_of_application, read_application
from mock_partners.bank.core.credit.tables import application, pre_credit, source_answer
from mock_partners.bank.core.credit.tables import decision as decision_table
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.tables import customer, customer_link
from mock_partners.bank.core.due_diligence.tables import identity_image
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import with_keys
from mock_partners.bank.core.papers.tables import paper
from mock_partners.bank.core.products.catalogue import find_kept
from mock_partners.bank.core.verification.tables import evidence_used
from mock_partners.bank.core.wallet.tables import account, particulars
from partner_adapters.core_bank.blacklist import BlacklistState
from partner_adapters.core_bank.customer_data import (
    MOST_HELD,
    EarlierAddress,
    HeldAnswer,
    HeldBlacklisting,
    HeldCheck,
    HeldDecision,
    HeldOffer,
    HeldPaper,
    HeldPhotograph,
    KnownApp,
    StatedParticulars,
)
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.values.wire import with_wire_names

# One more than the copy shows, so that it can say that there are more.
_READ = MOST_HELD + 1


def known_since(conn: Connection, ctx: Context, customer_id: str) -> Any:
    """Return when the bank first knew the customer."""
    of_customer = _of(customer, ctx, customer_id, customer.c.created_at)
    return conn.execute(of_customer).scalar_one()


def apps(conn: Connection, ctx: Context, customer_id: str) -> list[KnownApp]:
    """Return the apps that state who the customer is. A partner may know the customer by several subjects."""
    t = customer_link.c
    rows = conn.execute(_of(customer_link, ctx, customer_id).order_by(t.linked_at.desc()).limit(_READ))
    return [KnownApp(partner=row.partner, since=row.linked_at) for row in rows]


def stated_particulars(conn: Connection, ctx: Context, customer_id: str) -> list[StatedParticulars]:
    """Return what the customer stated for each account."""
    t = particulars.c
    rows = _of_accounts(conn, ctx, customer_id, particulars, t.stated_at)
    return [StatedParticulars.model_validate(_named(row, StatedParticulars)) for row in rows]


def earlier_addresses(conn: Connection, ctx: Context, customer_id: str) -> list[EarlierAddress]:
    """Return the addresses that the customer replaced."""
    rows = _of_accounts(conn, ctx, customer_id, address_change, address_change.c.changed_at)
    return [
        EarlierAddress(
            address=row.earlier_address, stated_at=row.earlier_stated_at, replaced_at=row.changed_at
        )
        for row in rows
    ]


def photographs(conn: Connection, ctx: Context, customer_id: str) -> list[HeldPhotograph]:
    """Return which photographs the bank keeps."""
    t = identity_image.c
    query = _of(identity_image, ctx, customer_id, t.side, t.stored_at, t.keep_until)
    rows = conn.execute(query.order_by(t.stored_at.desc(), t.side).limit(_READ))
    return [HeldPhotograph.model_validate(dict(row._mapping)) for row in rows]


def papers(conn: Connection, ctx: Context, customer_id: str) -> list[HeldPaper]:
    """Return which papers the bank keeps for the customer's applications."""
    t = paper.c
    query = _of(paper, ctx, customer_id, t.application_id, t.paper_id, t.code, t.page_bytes, t.stored_at)
    rows = conn.execute(query.order_by(t.stored_at.desc(), t.paper_id).limit(_READ)).all()
    names: dict[tuple[str, str], Text] = {}
    for application_id in {row.application_id for row in rows}:
        applied = read_application(conn, ctx.bank_id, application_id)
        documents = product_of_application(conn, ctx.bank_id, applied).asking.documents
        names |= {(application_id, each.code): each.name for each in documents}
    return [
        HeldPaper(
            application_id=row.application_id,
            name=names.get((row.application_id, row.code)),
            paper_id=row.paper_id,
            code=row.code,
            pages=len(row.page_bytes),
            stored_at=row.stored_at,
        )
        for row in rows
    ]


def blacklistings(conn: Connection, ctx: Context, customer_id: str) -> list[HeldBlacklisting]:
    """Return the entries about the customer on the bank's own list that a second person approved."""
    subject = read_customer(conn, ctx.bank_id, customer_id).id_number
    found = entries_about(conn, ctx.bank_id, [subject])[::-1]
    return [
        HeldBlacklisting(
            reason=entry.reason,
            begins_on=entry.begins_on,
            ends_on=entry.ends_on,
            stands=entry.stands_on(ctx.today),
            lifted_at=entry.steps[-1].at if entry.state is BlacklistState.LIFTED else None,
        )
        for entry in found
        if entry.state not in (BlacklistState.PROPOSED, BlacklistState.REFUSED)
    ]


def checks(conn: Connection, ctx: Context, customer_id: str) -> list[HeldCheck]:
    """Return the checks that authorised the customer's orders."""
    t = evidence_used.c
    query = with_keys(_of(evidence_used, ctx, customer_id), t.bank_id, t.intent)
    return [
        HeldCheck(
            action=row.action,
            methods=row.methods.split(),
            issuer=row.issuer,
            checked_at=row.auth_time,
            used_at=row.used_at,
            intent=row.key,
        )
        for row in conn.execute(query.order_by(t.used_at.desc(), t.intent).limit(_READ))
    ]


def answers(conn: Connection, ctx: Context, customer_id: str) -> list[HeldAnswer]:
    """Return what the sources said, before applications and about them."""
    a, of_application = source_answer.c, application.c
    same = (a.bank_id == of_application.bank_id) & (a.application_id == of_application.application_id)
    query = (
        select(source_answer)
        .join(application, same)
        .where(of_application.bank_id == ctx.bank_id, of_application.customer_id == customer_id)
        .order_by(a.asked_at.desc(), a.source)
        .limit(_READ)
    )
    about_applications = [
        HeldAnswer(
            source=row.source,
            as_of=row.as_of,
            asked_at=row.asked_at,
            consent_id=row.consent_id,
            application_id=row.application_id,
            facts=with_wire_names(dict(row.facts)),
        )
        for row in conn.execute(query)
    ]
    checks = _checks_of_list(conn, ctx, customer_id)
    before = [
        HeldAnswer(
            source=row.statement["source"],
            as_of=row.statement["as_of"],
            asked_at=row.checked_at,
            consent_id=row.consent_id,
            application_id=None,
            facts=with_wire_names(row.statement["facts"]),
        )
        for row in checks
    ]
    more = [
        HeldAnswer(
            source=answer["source"],
            as_of=answer["as_of"],
            asked_at=row.checked_at,
            consent_id=answer["consent_id"],
            application_id=None,
            facts=with_wire_names(answer["facts"]),
        )
        for row in checks
        for answer in row.more_answers or ()
    ]
    return sorted([*about_applications, *before, *more], key=lambda answer: answer.asked_at, reverse=True)


def offers(conn: Connection, ctx: Context, customer_id: str) -> list[HeldOffer]:
    """Return what each query before an application offered."""
    return [
        HeldOffer(checked_at=row.checked_at, offer=PreCredit.model_validate(row.offer))
        for row in _checks_of_list(conn, ctx, customer_id)
    ]


def decisions(conn: Connection, ctx: Context, customer_id: str) -> list[HeldDecision]:
    """Return every decision on the customer's applications, also those that a later one replaced."""
    d, of_application = decision_table.c, application.c
    same = (d.bank_id == of_application.bank_id) & (d.application_id == of_application.application_id)
    query = (
        select(decision_table)
        .join(application, same)
        .where(of_application.bank_id == ctx.bank_id, of_application.customer_id == customer_id)
        .order_by(d.decided_at.desc(), d.application_id, d.number.desc())
        .limit(_READ)
    )
    found = []
    for row in conn.execute(query):
        stated = _named(row, HeldDecision)
        document = find_kept(conn, row.bank_id, row.product_sha256)
        reasons = [reason_to_wire(reason, document) for reason in row.reasons]
        found.append(HeldDecision.model_validate(stated | {"reasons": reasons}))
    return found


def _checks_of_list(conn: Connection, ctx: Context, customer_id: str) -> Sequence[Row[Any]]:
    t = pre_credit.c
    query = _of(pre_credit, ctx, customer_id).order_by(t.checked_at.desc(), t.intent)
    return conn.execute(query.limit(_READ)).all()


def _of(table: Table, ctx: Context, customer_id: str, *columns: Any) -> Select[Any]:
    own = (table.c.bank_id == ctx.bank_id) & (table.c.customer_id == customer_id)
    return select(*(columns or (table,))).where(own)


def _of_accounts(
    conn: Connection, ctx: Context, customer_id: str, table: Table, newest: Any
) -> Sequence[Row[Any]]:
    """Return the rows of a table about accounts that belong to the customer's."""
    t, a = table.c, account.c
    query = (
        select(table)
        .join(account, (t.bank_id == a.bank_id) & (t.account_id == a.account_id))
        .where(a.bank_id == ctx.bank_id, a.customer_id == customer_id)
    )
    return conn.execute(query.order_by(newest.desc()).limit(_READ)).all()


def _named(row: Row[Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return the row's columns that the model has fields for."""
    return {name: value for name, value in row._mapping.items() if name in model.model_fields}
