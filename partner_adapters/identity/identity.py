"""What every dialect returns. What a partner did not say stays None, and is never guessed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from partner_adapters.kit.values.check_digits import IdDocument

DocumentType = IdDocument


@dataclass(frozen=True)
class Person:
    """A natural person, as the partner knows them. Not masked, so it never goes to the browser or a log."""

    name: str | None = None
    document_type: DocumentType | None = None
    document_number: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Company:
    """A company and the legal representative who acts for it."""

    name: str | None
    credit_code: str | None
    representative: Person


@dataclass(frozen=True)
class Check:
    """How and when a person was checked: what a policy compares."""

    methods: tuple[str, ...]
    assurance: str | None
    verified_at: datetime | None
    # When the statement about it ends by itself (JWT: `exp`). None: it names no end.
    expires_at: datetime | None = None


@dataclass(frozen=True)
class VerifiedIdentity:
    """Who the customer is, and how and when the partner checked that."""

    partner: str
    # The partner's stable id of the user.
    subject: str
    holder: Person | Company
    # The level as the partner names it (OIDC: `acr`).
    assurance: str | None
    # How the person was checked (RFC 8176 names: `face`, `pwd`, `sms`); empty is unknown.
    methods: tuple[str, ...]
    # When the person was checked: aware, UTC.
    verified_at: datetime | None
    # The partner's number of the check, for later questions to the partner.
    evidence_id: str | None
    # SHA-256 in hex over the evidence as it was received.
    evidence_digest: str
    # SHA-256 in hex over what the statement says, without its signature: the same for each encoding of one statement.
    content_digest: str
    # The nonce in the statement, by which it answers one request. None: it answers none, or has no place for a nonce.
    nonce: str | None = None
    # Whether the host may make the same statement again, for another login.
    repeats: bool = False
    # When the statement ends by itself: aware, UTC.
    expires_at: datetime | None = None

    @property
    def check(self) -> Check:
        return Check(self.methods, self.assurance, self.verified_at, self.expires_at)

    @property
    def person(self) -> Person:
        """Return the natural person who acts, for a company its representative."""
        return self.holder if isinstance(self.holder, Person) else self.holder.representative


@dataclass(frozen=True)
class Statement:
    """What the partner stated, as it was received, for the bank to check again. It is never sent to the browser."""

    # That a person was checked: who, when, how. Its form depends on the dialect (OIDC: the id_token).
    evidence: str
    # Name, document and phone of the same subject. "" if the evidence contains them too.
    particulars: str


@dataclass(frozen=True)
class Login:
    """A finished login."""

    identity: VerifiedIdentity
    statement: Statement
    # The number of a face check that the host did not tie to our attempt, so that it may serve one attempt only.
    # None if the answer itself is tied to the attempt.
    number: str | None = None
    # The host's name for this login (OIDC: `sid`), by which it may later say that the customer signed out.
    host_session: str | None = None


def digest_of(evidence: str) -> str:
    """Return the SHA-256 of a statement, by which it is named where it is not stored."""
    return hashlib.sha256(evidence.encode()).hexdigest()
