"""What can go wrong when a partner vouches for a person. `code` is stable; the pages hold its text for customers.

`detail` is for the log. It never repeats what the partner or the browser sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """Every code, in the order of who must act: the customer, our login, the partner."""

    # The customer can try again, or choose another method.
    CANCELLED = "identity.cancelled"
    FACE_FAILED = "identity.face_failed"
    NO_FACE_CHECK = "identity.no_face_check"
    """The host has no face check, so only the method without a face check is left."""
    FROM_APP_ONLY = "identity.from_app_only"
    """The host has no login page: customers enter from its app."""
    VIRTUAL_ACCOUNT = "identity.virtual_account"
    """A visitor's, shared or test account, without a real person behind it."""
    AT_COUNTER = "identity.at_counter"
    """A foreigner's permanent residence card (its number begins with 9), which the bank's counters serve."""
    # The login was disturbed on its way, and must begin again.
    STATE_MISMATCH = "identity.state_mismatch"
    CODE_REPLAYED = "identity.code_replayed"
    """The code was used before, is too old, or belongs to another attempt (`invalid_grant`)."""
    STALE = "identity.stale"
    """The check was made too long ago for what it is needed for."""
    # Our operators have to look into it with the partner.
    WRONG_ISSUER = "identity.wrong_issuer"
    MALFORMED = "identity.malformed"
    BAD_SIGNATURE = "identity.bad_signature"
    UNKNOWN_KEY = "identity.unknown_key"
    WRONG_AUDIENCE = "identity.wrong_audience"
    WRONG_NONCE = "identity.wrong_nonce"
    WRONG_SUBJECT = "identity.wrong_subject"
    WRONG_TOKEN_HASH = "identity.wrong_token_hash"
    EXPIRED = "identity.expired"
    CLOCK = "identity.clock"
    """The host's clock and ours differ by more than is allowed."""
    WEAK = "identity.weak"
    """The check used another level or other methods than requested (`acr`, `amr`)."""
    REFUSED = "identity.refused"
    """The partner answered with any other error. Our registration there may be wrong."""
    UNAVAILABLE = "identity.unavailable"
    """The partner did not answer, or said that it cannot answer now. A later attempt may succeed."""


class IdentityError(Exception):
    """The login or check ended without an identity."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value} {detail}".strip())
        self.code = code
        self.detail = detail


class IdentityDeclined(IdentityError):
    """The customer cancelled, or the face check did not pass. Nothing is broken."""


class IdentityUntrusted(IdentityError):
    """What the partner or the browser sent cannot be accepted.

    It proves nothing, is too old or too weak, or is an error. Every code without a class of its own comes
    as this one.
    """


class IdentityUnavailable(IdentityError):
    """The partner could not be asked."""


def identity_error(code: Code, detail: str = "") -> IdentityError:
    """Return the error class that belongs to `code`, which comes from a configuration."""
    return _KINDS.get(code, IdentityUntrusted)(code, detail)


_KINDS: Mapping[Code, type[IdentityError]] = {
    Code.AT_COUNTER: IdentityDeclined,
    Code.CANCELLED: IdentityDeclined,
    Code.FACE_FAILED: IdentityDeclined,
    Code.NO_FACE_CHECK: IdentityDeclined,
    Code.FROM_APP_ONLY: IdentityDeclined,
    Code.VIRTUAL_ACCOUNT: IdentityDeclined,
    Code.UNAVAILABLE: IdentityUnavailable,
}
