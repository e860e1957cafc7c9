"""Consents: given to exactly one text, required before data is queried, withdrawn at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.records import (
    ConsentRecord,
    StandingConsent,
    consents_of_customer,
    consents_to_purpose,
    read_consent,
    standing_consents,
)
from mock_partners.bank.core.customers.tables import consent, consent_text
from mock_partners.bank.core.customers.wire import consent_in_full_to_wire, consent_to_wire
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.consents import (
    Consent,
    ConsentGiven,
    ConsentInFull,
    ConsentList,
    ConsentText,
    GiveConsents,
)
from partner_adapters.kit.values.problems import Problem

# The purpose of the consent to what a partner says about a customer.
IDENTITY_CONSENT = "share_with_bank"

_t = consent.c


def give(conn: Connection, ctx: Context, customer_id: str, command: GiveConsents) -> ConsentList:
    """Record each consent together with its text. A consent that stands already is not recorded again.

    Problem 409 `consent.text_changed`.
    """
    require_own_customer(conn, ctx, customer_id)
    consent_ids = [_record(conn, ctx, customer_id, given, command.session_ref) for given in command.consents]
    records = [read_consent(conn, ctx.bank_id, customer_id, consent_id) for consent_id in consent_ids]
    return ConsentList(items=[consent_to_wire(ctx, record) for record in records])


def require(
    conn: Connection, ctx: Context, customer_id: str, consent_ids: Sequence[str], purposes: Iterable[str]
) -> dict[str, StandingConsent]:
    """Return the named consents by purpose.

    They must be this customer's, stand, and cover every purpose: Problem 403 `consent.missing`
    (params `purpose`).
    """
    standing = standing_consents(conn, ctx.bank_id, customer_id, list(consent_ids))
    by_purpose = {record.purpose: record for record in standing}
    for purpose in purposes:
        if purpose not in by_purpose:
            raise Problem(403, "consent.missing", params={"purpose": purpose})
    return by_purpose


def is_standing(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> bool:
    """Whether a consent to this purpose permits something to the caller."""
    return any(states_of(conn, ctx, customer_id, purpose))


def states_of(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> list[bool]:
    """Return of each consent to this purpose that concerns the caller's partner whether it stands, newest first."""
    return [each.stands for each in _of_scope(conn, ctx, customer_id, purpose)]


def require_standing(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> None:
    """Raise Problem 403 `consent.missing` unless a consent to this purpose permits something to the caller."""
    if not is_standing(conn, ctx, customer_id, purpose):
        raise Problem(403, "consent.missing", params={"purpose": purpose})


def is_current(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> bool:
    """Whether a standing consent is to the current text, which may permit more than earlier ones did."""
    sha256 = ctx.text(purpose).sha256
    given = _of_scope(conn, ctx, customer_id, purpose)
    return any(each.stands and each.sha256 == sha256 for each in given)


def require_current(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> None:
    """Raise Problem 403 `consent.missing` unless a standing consent is to the current text."""
    if not is_current(conn, ctx, customer_id, purpose):
        raise Problem(403, "consent.missing", params={"purpose": purpose})


def is_withdrawn(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> bool:
    """Whether the customer gave a consent to this purpose and withdrew it. One never given is not withdrawn."""
    given = _of_scope(conn, ctx, customer_id, purpose)
    return any(each.withdrawn_at for each in given) and not any(each.stands for each in given)


def refuse_if_withdrawn(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> None:
    """Raise Problem 403 `consent.missing` if the customer withdrew their consent to this purpose."""
    if is_withdrawn(conn, ctx, customer_id, purpose):
        raise Problem(403, "consent.missing", params={"purpose": purpose})


def show_all(conn: Connection, ctx: Context, customer_id: str) -> ConsentList:
    """Return every consent that the customer gave at this bank, newest first, withdrawn ones too."""
    require_own_customer(conn, ctx, customer_id)
    records = consents_of_customer(conn, ctx.bank_id, customer_id)
    return ConsentList(items=[consent_to_wire(ctx, record) for record in records])


def show(conn: Connection, ctx: Context, customer_id: str, consent_id: str) -> ConsentInFull:
    """Return one consent with its text. Problem 404 `consent.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    return consent_in_full_to_wire(ctx, read_consent(conn, ctx.bank_id, customer_id, consent_id))


def withdraw(conn: Connection, ctx: Context, customer_id: str, consent_id: str) -> Consent:
    """Withdraw a consent: from now on it permits nothing.

    Problems 404 `consent.unknown`, 409 `consent.ends_with_account`.
    """
    require_own_customer(conn, ctx, customer_id)
    record = read_consent(conn, ctx.bank_id, customer_id, consent_id)
    scope = ctx.texts.scope(record.purpose)
    if scope == "account":
        raise Problem(409, "consent.ends_with_account")
    same_consent = [
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer_id,
        # Earlier consents to the same purpose, perhaps to an older text, must not go on permitting it.
        _t.purpose == record.purpose,
        # A second withdrawal must not change when the first one happened.
        _t.withdrawn_at.is_(None),
        _t.ended_at.is_(None),
    ]
    if scope == "app":
        same_consent.append(_t.partner == record.partner)
    if record.stands:
        conn.execute(update(consent).where(*same_consent).values(withdrawn_at=ctx.now))
    return consent_to_wire(ctx, read_consent(conn, ctx.bank_id, customer_id, consent_id))


def end_with_application(
    conn: Connection, ctx: Context, customer_id: str, consent_ids: Iterable[str]
) -> None:
    """End those of the named consents that were given for the application alone, as their texts say."""
    for record in standing_consents(conn, ctx.bank_id, customer_id, list(consent_ids)):
        if ctx.texts.scope(record.purpose) == "application":
            this = (_t.bank_id == ctx.bank_id) & (_t.consent_id == record.consent_id)
            conn.execute(update(consent).where(this).values(ended_at=ctx.now))


def resume_for_application(
    conn: Connection, ctx: Context, customer_id: str, consent_ids: Iterable[str]
) -> None:
    """Let those of the named consents stand again that ended with the application, because it is looked at again.

    A consent that the customer withdrew stays withdrawn.
    """
    ended = (
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer_id,
        _t.consent_id.in_(list(consent_ids)),
        _t.withdrawn_at.is_(None),
        _t.ended_at.is_not(None),
    )
    conn.execute(update(consent).where(*ended).values(ended_at=None))


def end_purpose(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> None:
    """End what the customer agreed to for this purpose, because what its text names is no more."""
    standing = (
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer_id,
        _t.purpose == purpose,
        _t.withdrawn_at.is_(None),
        _t.ended_at.is_(None),
    )
    conn.execute(update(consent).where(*standing).values(ended_at=ctx.now))


def _of_scope(conn: Connection, ctx: Context, customer_id: str, purpose: str) -> list[ConsentRecord]:
    """Return the consents to this purpose that concern the caller's partner, newest first, withdrawn ones too."""
    given = consents_to_purpose(conn, ctx.bank_id, customer_id, purpose)
    by_app = ctx.texts.scope(purpose) == "app"
    return [each for each in given if not by_app or each.partner == ctx.partner]


def _record(conn: Connection, ctx: Context, customer_id: str, given: ConsentGiven, session_ref: str) -> str:
    """Record one consent and return its id; that of the standing consent to the same text, where there is one."""
    current = ctx.text(given.purpose)
    if (current.version, current.sha256) != (given.version, given.sha256):
        raise Problem(409, "consent.text_changed", params={"purpose": given.purpose})
    for standing in _of_scope(conn, ctx, customer_id, given.purpose):
        if standing.stands and standing.sha256 == current.sha256:
            return standing.consent_id
    _keep_text(conn, ctx, current)
    consent_id = secrets.token_hex(16)
    conn.execute(
        insert(consent).values(
            bank_id=ctx.bank_id,
            consent_id=consent_id,
            customer_id=customer_id,
            purpose=given.purpose,
            sha256=given.sha256,
            partner=ctx.partner,
            session_ref=session_ref,
            given_at=ctx.now,
        )
    )
    return consent_id


def _keep_text(conn: Connection, ctx: Context, text: ConsentText) -> None:
    t = consent_text.c
    kept = select(t.sha256).where(t.bank_id == ctx.bank_id, t.sha256 == text.sha256)
    if conn.execute(kept).first() is not None:
        return
    conn.execute(
        insert(consent_text).values(
            bank_id=ctx.bank_id,
            sha256=text.sha256,
            purpose=text.purpose,
            version=text.version,
            document=text.model_dump(mode="json"),
            first_given_at=ctx.now,
        )
    )
