"""The holder of a statement: the program whose request the partner answered with it.

Everything that the host or the browser sees of a request is a hash of the attempt's secret. The partner puts one of
these hashes, the nonce, into what it signs. The bank accepts the statement only together with the secret, so a
statement that was stolen anywhere between the partner and us is worth nothing.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Literal

from partner_adapters.kit.values.canonical import equal

Derived = Literal["state", "nonce", "code_verifier"]


def derive(what: Derived, secret: str) -> str:
    """Return what stands for the secret at this place of a request: 43 characters of base64url."""
    digest = hashlib.sha256(f"sunbridge {what}\n{secret}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def answers(nonce: str, secret: str) -> bool:
    """Whether the nonce in a statement was made from this secret. Some hosts return our `state` as the nonce."""
    return equal(nonce, derive("nonce", secret)) or equal(nonce, derive("state", secret))
