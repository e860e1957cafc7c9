"""The hidden field that only our own page of this very session can carry."""

from __future__ import annotations

from h5app.security.signing import Forged, Signing

FIELD = "csrf"
HEADER = "x-csrf-token"


def issue(signing: Signing, session_ref: str) -> str:
    return signing.sign("csrf", session_ref)


def read(signing: Signing, token: str) -> str | None:
    """The ref of the session it was issued to; None where we did not make it."""
    try:
        return str(signing.unsign("csrf", token))
    except Forged:
        return None
