"""Fresh evidence: the partner's signed word that this person was just seen, checked here and not taken from h5app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from mock_partners.core_bank.context import Context
from mock_partners.core_bank.customers.tables import customer_link, evidence_used
from mock_partners.core_bank.parts import Core
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.evidence import Speaker, verify_statement
from partner_adapters.terms.problems import Problem

Action = Literal["account_opening", "contract_signing", "drawdown"]


@dataclass(frozen=True)
class Verified:
    """What the partner said; whose customer that is, `linked` decides. `auth_time` is protocol time."""

    action: Action
    issuer: str
    subject: str
    auth_time: datetime
    digest: str
    face_evidence_id: str | None


def speaker(core: Core, ctx: Context) -> Speaker:
    """Whose word counts for this caller."""
    client = core.settings.client[ctx.bank_id, ctx.partner]
    return Speaker(client.identity_issuer, client.identity_audience, client.identity_jwks_url)


async def verify_evidence(core: Core, ctx: Context, evidence: Evidence, action: Action) -> Verified:
    """Check signature, parties, method and age. Runs outside transactions: it may fetch the partner's keys.

    Problem 401 `step_up.required`, 503 `identity.unavailable`.
    """
    policy = core.settings.evidence
    max_age_s: int = getattr(policy, f"{action}_s")
    whose = speaker(core, ctx)
    try:
        said = await verify_statement(
            core.keys,
            evidence.id_token,
            whose,
            max_age_s=max_age_s,
            now=ctx.wall,
            required_amr=policy.required_amr,
        )
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        raise Problem(401, "step_up.required", str(error), params={"max_age_s": max_age_s}) from error
    return Verified(
        action,
        whose.issuer,
        said.subject,
        datetime.fromtimestamp(said.auth_time, UTC),
        said.digest,
        said.face_evidence_id,
    )


def linked(conn: Connection, ctx: Context, verified: Verified, customer_id: str, intent: str) -> None:
    """Problem 401 `step_up.required` unless the person seen is this customer; keeps on whose word `intent` was done."""
    t = customer_link.c
    query = select(t.customer_id).where(
        t.bank_id == ctx.bank_id,
        t.partner == ctx.partner,
        t.issuer == verified.issuer,
        t.subject == verified.subject,
    )
    if conn.execute(query).scalar_one_or_none() != customer_id:
        raise Problem(401, "step_up.required", "somebody else was seen")
    conn.execute(
        insert(evidence_used).values(
            bank_id=ctx.bank_id,
            intent=intent,
            action=verified.action,
            customer_id=customer_id,
            digest=verified.digest,
            issuer=verified.issuer,
            subject=verified.subject,
            auth_time=verified.auth_time,
            face_evidence_id=verified.face_evidence_id,
            used_at=ctx.now,
        )
    )
