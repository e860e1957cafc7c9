"""What can go wrong when a partner vouches for a person. `code` is stable; its text for people lives with the pages.

`detail` is ours, for the log: it never repeats what the partner or the browser sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """Every code, by who must act."""

    # The person: try again, or choose another way.
    CANCELLED = "identity.cancelled"
    FACE_FAILED = "identity.face_failed"
    NO_FACE_CHECK = "identity.no_face_check"
    """The host has no face check of its own: the way without it is the only one."""
    FROM_APP_ONLY = "identity.from_app_only"
    """The host has no page to log in at: people enter from its own app."""
    VIRTUAL_ACCOUNT = "identity.virtual_account"
    """A visitor's, shared or test account: the host knows no real person behind it."""
    # The way there and back was disturbed: begin anew.
    STATE_MISMATCH = "identity.state_mismatch"
    CODE_REPLAYED = "identity.code_replayed"
    """The code was used before, is too old, or belongs to another attempt (`invalid_grant`)."""
    STALE = "identity.stale"
    """The check was made too long ago for what it is needed for."""
    # The partner: our operations look into it with the partner.
    WRONG_ISSUER = "identity.wrong_issuer"
    MALFORMED = "identity.malformed"
    BAD_SIGNATURE = "identity.bad_signature"
    UNKNOWN_KEY = "identity.unknown_key"
    WRONG_AUDIENCE = "identity.wrong_audience"
    WRONG_NONCE = "identity.wrong_nonce"
    WRONG_SUBJECT = "identity.wrong_subject"
    WRONG_TOKEN_HASH = "identity.wrong_token_hash"
    EXPIRED = "identity.expired"
    NOT_YET_VALID = "identity.not_yet_valid"
    WEAK = "identity.weak"
    """The check was of another kind than was asked for (`acr`, `amr`)."""
    REFUSED = "identity.refused"
    """The partner answered with an error that fits none of the others; our registration there may be wrong."""
    UNAVAILABLE = "identity.unavailable"
    """The partner did not answer, or said that it cannot now: trying again later may help."""


class IdentityError(Exception):
    """No identity came of it."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value} {detail}".strip())
        self.code = code
        self.detail = detail


class IdentityDeclined(IdentityError):
    """The person said no, or the face check did not pass: nothing is wrong with anything."""


class IdentityUntrusted(IdentityError):
    """What came back must not be believed."""


class IdentityUnavailable(IdentityError):
    """The partner could not be asked."""


def identity_error(code: Code, detail: str = "") -> IdentityError:
    """The error of the kind that goes with a code which a configuration chose."""
    return _KINDS.get(code, IdentityUntrusted)(code, detail)


_KINDS: Mapping[Code, type[IdentityError]] = {
    Code.CANCELLED: IdentityDeclined,
    Code.FACE_FAILED: IdentityDeclined,
    Code.NO_FACE_CHECK: IdentityDeclined,
    Code.FROM_APP_ONLY: IdentityDeclined,
    Code.VIRTUAL_ACCOUNT: IdentityDeclined,
    Code.UNAVAILABLE: IdentityUnavailable,
}
