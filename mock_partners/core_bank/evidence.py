"""Fresh evidence: the partner's word that this person was just seen, checked here and not taken from h5app."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from mock_partners.core_bank.context import Context
from mock_partners.core_bank.customers.tables import customer_link, evidence_used
from mock_partners.core_bank.parts import Core
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.policy import Action, Way, accept
from partner_adapters.identity.verified_identity import VerifiedIdentity
from partner_adapters.terms.problems import Problem


@dataclass(frozen=True)
class Verified:
    """What the partner said, and by which way of the policy it suffices; whose customer that is, `linked` decides."""

    action: Action
    way: Way
    issuer: str
    seen: VerifiedIdentity


async def verify_evidence(core: Core, ctx: Context, evidence: Evidence, action: Action) -> Verified:
    """Check who says it, of whom, how and when. Runs outside transactions: it may ask the partner.

    Problem 401 `step_up.required`, 503 `identity.unavailable`.
    """
    verifier = core.verifier(ctx)
    ways = core.settings.policy(ctx.bank_id, ctx.partner).ways(action)
    try:
        seen = await verifier.seen(evidence.statement)
        return Verified(action, accept(ways, seen.check, ctx.wall), verifier.issuer, seen)
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        raise Problem(401, "step_up.required", str(error), params={"max_age_s": ways[0].max_age_s}) from error


def linked(conn: Connection, ctx: Context, verified: Verified, customer_id: str, intent: str) -> None:
    """Problem 401 `step_up.required` unless the person seen is this customer; keeps on whose word `intent` was done."""
    seen, t = verified.seen, customer_link.c
    query = select(t.customer_id).where(
        t.bank_id == ctx.bank_id,
        t.partner == ctx.partner,
        t.issuer == verified.issuer,
        t.subject == seen.subject,
    )
    if conn.execute(query).scalar_one_or_none() != customer_id:
        raise Problem(401, "step_up.required", "somebody else was seen")
    conn.execute(
        insert(evidence_used).values(
            bank_id=ctx.bank_id,
            intent=intent,
            action=verified.action,
            customer_id=customer_id,
            digest=seen.evidence_digest,
            issuer=verified.issuer,
            subject=seen.subject,
            auth_time=seen.verified_at or ctx.wall,
            face_evidence_id=seen.evidence_id,
            used_at=ctx.now,
        )
    )
