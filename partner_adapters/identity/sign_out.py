"""A host's notice that a customer signed out there, or lost the phone: our sessions of that customer end.

OpenID providers send a logout token (Back-Channel Logout 1.0). Other hosts post the four fields of `read_notice`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from partner_adapters.identity.clocks import check_not_ahead
from partner_adapters.identity.errors import Code, IdentityUntrusted

# A notice that arrives later than this is refused. Each is accepted once for as long.
LIFE_S = 120
_FIELDS = ("subject", "at", "nonce", "signature")
_SHORT = re.compile(r"[\x21-\x7E]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class SignedOut:
    """Whose sessions end: all of `subject`, or the one that the host names by `host_session`.

    `once` identifies the notice. The caller refuses one that was received before.
    """

    subject: str | None
    host_session: str | None
    once: str


def signed_text(client_id: str, subject: str, at: str, nonce: str) -> str:
    """Return what a host signs. `client_id` is our id there, `at` the time in seconds since 1970."""
    return "\n".join(("signed_out", client_id, subject, at, nonce))


def read_notice(
    form: Mapping[str, str],
    client_id: str,
    holds: Callable[[str, str], bool],
    now: datetime,
    skew_s: int,
) -> SignedOut:
    """Read a notice by its fields `subject`, `at`, `nonce`, `signature`. Raises `IdentityUntrusted`.

    `holds` checks the signature over `signed_text`.
    """
    subject, at, nonce, signature = (form.get(name, "") for name in _FIELDS)
    if not (_SHORT.fullmatch(subject) and _SHORT.fullmatch(nonce) and _SECONDS.fullmatch(at)):
        raise IdentityUntrusted(Code.MALFORMED, "notice: subject, at or nonce")
    if not holds(signed_text(client_id, subject, at, nonce), signature):
        raise IdentityUntrusted(Code.BAD_SIGNATURE, "notice")
    check_recent(datetime.fromtimestamp(int(at), UTC), now, skew_s)
    return SignedOut(subject, None, nonce)


def check_recent(made_at: datetime, now: datetime, skew_s: int) -> None:
    """Raise `IdentityUntrusted` for a notice from the future, or older than `LIFE_S`."""
    check_not_ahead(made_at, now, skew_s, "notice")
    if (now - made_at).total_seconds() > LIFE_S + skew_s:
        raise IdentityUntrusted(Code.EXPIRED, "notice")
