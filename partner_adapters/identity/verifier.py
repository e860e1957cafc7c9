"""What the bank needs from every dialect: one `Verifier` for each partner."""

from __future__ import annotations

from typing import Protocol

from partner_adapters.identity.identity import Statement, VerifiedIdentity


class Verifier(Protocol):
    """How the bank checks a partner's statement itself, because h5app alone must not move money.

    Every method raises `IdentityError`. Only authenticity is checked here. `policy.accept` decides whether the check
    is recent and strong enough.
    """

    @property
    def issuer(self) -> str:
        """The issuer of the subjects: a customer is linked to issuer and subject."""

    @property
    def clock_skew_s(self) -> int:
        """How far the partner's clock may be from ours."""

    async def verify_evidence(self, evidence: str) -> VerifiedIdentity:
        """Return who was checked, when and how. Name, document and phone may be unknown."""

    async def verify_statement(self, statement: Statement) -> VerifiedIdentity:
        """Return the same with name, document and phone, as far as the partner stated them."""
