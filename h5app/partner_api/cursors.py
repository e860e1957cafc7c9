"""Cursors of lists: where the next page begins, signed, so that only our own are read."""

from __future__ import annotations

from typing import Any

from h5app.partner_api.problems import refusal
from partner_adapters.kit.pages.security.signing import Forged, Signing


def write(signing: Signing, kind: str, partner: str, *key: Any) -> str:
    """Return the cursor behind the row with this key. `kind`: the list, for which alone it serves."""
    return signing.sign(f"cursor.{kind}.{partner}", key)


def read(signing: Signing, kind: str, partner: str, cursor: str) -> list[Any]:
    """Return the key. Problem 400 `cursor.invalid`."""
    try:
        key: list[Any] = signing.unsign(f"cursor.{kind}.{partner}", cursor)
    except Forged:
        raise refusal("cursor.invalid", "take `next` of the page before as it is", "after") from None
    return key
