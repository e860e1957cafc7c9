"""What a login carries: the attempt, the identity that the partner asserts, and the page to return to."""

from __future__ import annotations

from dataclasses import dataclass

from h5app.sessions import FaceStatement
from partner_adapters.identity.identity import Company, Login


@dataclass(frozen=True)
class ReturnTarget:
    """The page that the customer wants, and the language and text size that the host asks for.

    `launch_id`: of the launch that the customer comes from, None for the tile.
    """

    return_to: str
    lang: str | None
    text_size: str | None
    launch_id: str | None = None


@dataclass(frozen=True)
class LoginAttempt:
    """One row of `login_transaction`, named by its `state_hash`.

    `fresh`: a face check of the customer of a session, not a login. `customer_id`: that customer, None for a login.
    """

    state_hash: str
    secret: str
    fresh: bool
    customer_id: str | None
    target: ReturnTarget
    age_s: float


@dataclass(frozen=True)
class AssertedIdentity:
    """The subject that the partner asserts, its signed statement, and what it said beside the statement.

    `host_session`: the partner's name for this login, None if it has none. `company`: for which the subject acts, "" if
    it has no name, None if the subject acts for no company.
    """

    subject: str
    statement: FaceStatement
    particulars: str
    host_session: str | None = None
    company: str | None = None

    @classmethod
    def of(cls, login: Login, holder_secret: str) -> AssertedIdentity:
        statement = FaceStatement(login.statement.evidence, login.identity.check, holder_secret)
        return cls(
            login.identity.subject,
            statement,
            login.statement.particulars,
            login.host_session,
            company_of(login),
        )


def company_of(login: Login) -> str | None:
    """Return the name of the company that the login is about, "" if it has none, None for a person of their own."""
    holder = login.identity.holder
    return (holder.name or "") if isinstance(holder, Company) else None
