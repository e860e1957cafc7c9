"""The token in a hidden form field that only pages of the same session can contain."""

from __future__ import annotations

from partner_adapters.kit.pages.security.signing import Forged, Signing

FIELD = "csrf"
HEADER = "x-csrf-token"


def issue(signing: Signing, session_ref: str) -> str:
    """Return the token for the forms of one session."""
    return signing.sign("csrf", session_ref)


def read(signing: Signing, token: str) -> str | None:
    """Return the reference of the session that the token was issued to, or None if we did not issue it."""
    try:
        return str(signing.unsign("csrf", token))
    except Forged:
        return None
