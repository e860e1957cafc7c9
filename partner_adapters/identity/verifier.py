"""What the bank asks of every dialect: one `Verifier` for each partner."""

from __future__ import annotations

from typing import Protocol

from partner_adapters.identity.identity import Statement, VerifiedIdentity


class Verifier(Protocol):
    """How the bank checks a partner's words itself, so that h5app's word alone moves no money. Raises `IdentityError`.

    Only authenticity is checked here; whether it is fresh and strong enough, `policy.accept` says.
    """

    @property
    def issuer(self) -> str:
        """Whose subjects these are: a customer is linked to issuer and subject."""

    async def seen(self, evidence: str) -> VerifiedIdentity:
        """Who was seen, when and how; particulars may be unknown."""

    async def person(self, statement: Statement) -> VerifiedIdentity:
        """The same with name, document and phone, as far as the partner said them."""
