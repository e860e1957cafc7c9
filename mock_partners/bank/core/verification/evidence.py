"""Fresh evidence behind an action: the partner's signed statement of a face check, or the core's own of a card check.

Both are verified here. h5app's own claim about either is not accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.consents import IDENTITY_CONSENT
from mock_partners.bank.core.customers.holders import holds
from mock_partners.bank.core.customers.records import find_linked_customer_id
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.verification import statements
from mock_partners.bank.core.verification.card_checks import use_check
from mock_partners.bank.core.verification.statements import CardCheckStatement
from mock_partners.bank.core.verification.tables import evidence_used
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.errors import Code, IdentityError, IdentityUnavailable, IdentityUntrusted
from partner_adapters.identity.identity import Person, VerifiedIdentity, digest_of
from partner_adapters.identity.policy import AcceptedCheck, Action, accept
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem

# The purpose of the consent behind a face check.
FACE_CONSENT = "face_processing"
# The actions that a customer who withdrew the consent to being handed over cannot begin. Repaying is not among them.
NEW_BUSINESS = frozenset({"account_opening", "contract_signing", "drawdown"})


@dataclass(frozen=True)
class Verified:
    """A statement that the policy accepts, and by which of its methods.

    `record_authorisation` compares its subject with the customer, and its holder with the caller. `card_check` is the
    core's own statement, or None for a statement of the partner.
    """

    action: Action
    method: AcceptedCheck
    issuer: str
    seen: VerifiedIdentity
    holder_secret: str = ""
    card_check: CardCheckStatement | None = None


async def verify_evidence(core: CoreServices, ctx: Context, evidence: Evidence, action: Action) -> Verified:
    """Return the evidence if the policy accepts it for this action. Runs outside transactions: it may ask the partner.

    Problems 401 `step_up.required`, 503 `identity.unavailable`.
    """
    methods = ctx.step_up.accepted_checks(action)
    try:
        card_check = statements.read_statement(ctx, evidence.statement)
        if card_check is not None:
            return _verify_card_check(ctx, evidence, action, card_check)
        verifier = core.verifier(ctx)
        seen = await verifier.verify_evidence(evidence.statement)
        method = accept(methods, seen.check, ctx.wall, skew_s=verifier.clock_skew_s)
        return Verified(action, method, verifier.issuer, seen, evidence.holder_secret)
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        params = {"max_age_s": methods[0].max_age_s}
        raise Problem(401, "step_up.required", str(error), params=params) from error


def record_authorisation(
    conn: Connection,
    ctx: Context,
    verified: Verified,
    customer_id: str,
    intent: str,
    amount_fen: int | None = None,
    document_sha256: str | None = None,
) -> None:
    """Record which statement and which authentication methods authorised this intent.

    `document_sha256`: the hash of the document that the customer read, where the action is its signature.

    Problem 401 `step_up.required` unless the statement is about this customer and the caller holds it. Problem 403
    `step_up.over_limit` (params `limit`) if the method's limit is below `amount_fen`. Problem 403 `consent.missing`
    (params `purpose`) if the customer withdrew what the action rests on.
    """
    seen, limit_fen = verified.seen, verified.method.limit_fen
    assert seen.verified_at is not None, "a policy accepts a check without a time for a login only"
    if verified.card_check is not None:
        use_check(conn, ctx, verified.card_check, customer_id, intent)
    elif find_linked_customer_id(conn, ctx, verified.issuer, seen.subject) != customer_id:
        raise Problem(401, "step_up.required", "the statement is about another customer")
    elif not holds(conn, ctx, verified.issuer, seen, verified.holder_secret):
        raise Problem(401, "step_up.required", "the caller does not hold this statement")
    else:
        # A face check is sensitive personal information: it is processed under its own consent only (PIPL 29).
        consents.require_standing(conn, ctx, customer_id, FACE_CONSENT)
    if verified.action in NEW_BUSINESS:
        consents.refuse_if_withdrawn(conn, ctx, customer_id, IDENTITY_CONSENT)
    if limit_fen is not None and amount_fen is not None and amount_fen > limit_fen:
        raise Problem(403, "step_up.over_limit", params=money_params(limit=limit_fen))
    conn.execute(
        insert(evidence_used).values(
            bank_id=ctx.bank_id,
            intent=intent,
            action=verified.action,
            customer_id=customer_id,
            digest=seen.evidence_digest,
            issuer=verified.issuer,
            subject=seen.subject,
            auth_time=seen.verified_at,
            face_evidence_id=seen.evidence_id,
            methods=" ".join(verified.method.methods),
            used_at=ctx.now,
            document_sha256=document_sha256,
        )
    )


def _verify_card_check(
    ctx: Context, evidence: Evidence, action: Action, card_check: CardCheckStatement
) -> Verified:
    if card_check.action != action:
        raise IdentityUntrusted(Code.WEAK, "the check was made for another action")
    seen = VerifiedIdentity(
        partner=ctx.partner,
        subject=card_check.customer_id,
        holder=Person(),
        assurance=None,
        methods=statements.METHODS,
        verified_at=card_check.confirmed_at,
        evidence_id=card_check.check_id,
        evidence_digest=digest_of(evidence.statement),
        content_digest=digest_of(evidence.statement.rpartition(".")[0]),
    )
    method = accept(ctx.step_up.accepted_checks(action), seen.check, ctx.wall, by="bank")
    return Verified(action, method, ctx.settings.public_base_url, seen, card_check=card_check)
