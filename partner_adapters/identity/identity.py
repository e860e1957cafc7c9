"""What every dialect returns. What a partner did not say stays None: unknown is never guessed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DocumentType = Literal["cn_id_card"]


@dataclass(frozen=True)
class Person:
    """A natural person, as the partner knows them; unmasked, for the server's eyes only."""

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
    """How strong a check was: what a policy looks at."""

    methods: tuple[str, ...]
    assurance: str | None
    verified_at: datetime | None


@dataclass(frozen=True)
class VerifiedIdentity:
    """Who stands there, and on what grounds the partner says so."""

    partner: str
    # The partner's own stable id of the user.
    subject: str
    holder: Person | Company
    # The level as the partner names it (OIDC: `acr`).
    assurance: str | None
    # How the person was checked (RFC 8176 names: `face`, `pwd`, `sms`); empty is unknown.
    methods: tuple[str, ...]
    # When the person was checked: aware, UTC.
    verified_at: datetime | None
    # The partner's number of the check, for questions afterwards.
    evidence_id: str | None
    # SHA-256 in hex over the evidence as it came.
    evidence_digest: str

    @property
    def check(self) -> Check:
        return Check(self.methods, self.assurance, self.verified_at)

    @property
    def person(self) -> Person:
        """The natural person who acts."""
        return self.holder if isinstance(self.holder, Person) else self.holder.representative


@dataclass(frozen=True)
class Statement:
    """The partner's words as they came, for the bank to check again (`Verifier`). Never to the browser."""

    # That somebody was seen: who, when, how. What it looks like is the dialect's matter (OIDC: the id_token).
    evidence: str
    # Name, document and phone of the same subject; "" where the evidence says them too.
    particulars: str


@dataclass(frozen=True)
class Login:
    """A finished login."""

    identity: VerifiedIdentity
    statement: Statement
    # Of a face check that the host did not tie to the attempt: may serve one only. None: the answer itself is
    # tied.
    number: str | None = None


def digest_of(evidence: str) -> str:
    """How a statement is named wherever it is not stored itself."""
    return hashlib.sha256(evidence.encode()).hexdigest()
