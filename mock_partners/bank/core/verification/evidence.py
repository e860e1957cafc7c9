"""Fresh evidence: the partner's word that this person was just seen, or our own that they showed card and code.

Both are checked here and not taken from h5app.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.customers.tables import customer_link, evidence_used
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.verification import card_checks, statements
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.errors import Code, IdentityError, IdentityUnavailable, IdentityUntrusted
from partner_adapters.identity.identity import Person, VerifiedIdentity
from partner_adapters.identity.policy import Action, Way, accept
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class Verified:
    """A statement that the policy accepts. `record_authorisation` compares its subject with the customer."""

    action: Action
    way: Way
    issuer: str
    seen: VerifiedIdentity
    own_word: statements.Word | None = None
    """Ours; None: the partner's."""


async def verify_evidence(core: CoreServices, ctx: Context, evidence: Evidence, action: Action) -> Verified:
    """Check who says it, of whom, how and when. Runs outside transactions: it may ask the partner.

    Problem 401 `step_up.required`, 503 `identity.unavailable`.
    """
    ways = ctx.step_up.ways(action)
    try:
        if (word := statements.read(core.settings, ctx, evidence.statement)) is not None:
            return _own(core, ctx, evidence, action, word)
        verifier = core.verifier(ctx)
        seen = await verifier.seen(evidence.statement)
        return Verified(action, accept(ways, seen.check, ctx.wall), verifier.issuer, seen)
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        raise Problem(401, "step_up.required", str(error), params={"max_age_s": ways[0].max_age_s}) from error


def record_authorisation(
    conn: Connection,
    ctx: Context,
    verified: Verified,
    customer_id: str,
    intent: str,
    amount_fen: int | None = None,
) -> None:
    """Keeps on whose word, and by which methods, `intent` was done.

    Problems 401 `step_up.required` unless the person seen is this customer; 403 `step_up.over_limit` (params `limit`)
    where the way they were checked does not reach to `amount_fen`.
    """
    seen, limit_fen = verified.seen, verified.way.limit_fen
    assert seen.verified_at is not None, "a policy takes a check without a time for a login only"
    if verified.own_word is not None:
        card_checks.spend(conn, ctx, verified.own_word, customer_id, intent)
    elif _customer_behind(conn, ctx, verified) != customer_id:
        raise Problem(401, "step_up.required", "somebody else was seen")
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
            methods=" ".join(verified.way.methods),
            used_at=ctx.now,
        )
    )


def _own(
    core: CoreServices, ctx: Context, evidence: Evidence, action: Action, word: statements.Word
) -> Verified:
    if word.action != action:
        raise IdentityUntrusted(Code.WEAK, "checked for another action")
    seen = VerifiedIdentity(
        partner=ctx.partner,
        subject=word.customer_id,
        holder=Person(),
        assurance=None,
        methods=statements.METHODS,
        verified_at=word.confirmed_at,
        evidence_id=word.check_id,
        evidence_digest=hashlib.sha256(evidence.statement.encode()).hexdigest(),
    )
    ways = ctx.step_up.ways(action)
    way = accept(ways, seen.check, ctx.wall, by="bank")
    return Verified(action, way, core.settings.public_base_url, seen, word)


def _customer_behind(conn: Connection, ctx: Context, verified: Verified) -> str | None:
    t = customer_link.c
    query = select(t.customer_id).where(
        t.bank_id == ctx.bank_id,
        t.partner == ctx.partner,
        t.issuer == verified.issuer,
        t.subject == verified.seen.subject,
    )
    return conn.execute(query).scalar_one_or_none()
