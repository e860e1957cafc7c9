"""The hidden field that only our own page of this very session can carry."""

from __future__ import annotations

from h5app.security.signing import Forged, Signing

FIELD = "csrf"
HEADER = "x-csrf-token"


def issue(signing: Signing, session_ref: str) -> str:
    return signing.sign("csrf", session_ref)


def fits(signing: Signing, session_ref: str, token: str) -> bool:
    """Whether `token` was issued to this session."""
    try:
        return bool(signing.unsign("csrf", token) == session_ref)
    except Forged:
        return False
