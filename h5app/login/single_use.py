"""What a host brings counts once, wherever it comes in: each has a row of `arrival`, and no second one has the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from h5app.services import Parts
from h5app.tables import arrivals
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

if TYPE_CHECKING:
    from h5app.login.attempts import Attempt


class LoginLost(Exception):
    """The answer belongs to no attempt of this browser that may still be answered.

    `code`: `login.unknown`, `login.stale`, `login.answered`, `login.other_person`.
    """

    def __init__(self, code: str, attempt: Attempt | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.attempt = attempt


async def once(
    parts: Parts, partner: str, said: str, more: dict[str, Any], attempt: Attempt | None = None
) -> str:
    """Note that the host said this, with the row's other columns; the secret that names the row.

    Raises `LoginLost` where it has said the same before, with the `attempt` that this time answers.
    """
    secret = new_secret()
    row = {
        "arrival_hash": hash_secret(secret),
        "partner": partner,
        "spent_hash": hash_secret(parts.partners[partner].identity.signed_part(said)),
        "arrived_at": parts.clock.wall(),
        **more,
    }
    try:
        await parts.store.write(lambda conn: conn.execute(insert(arrivals).values(**row)))
    except IntegrityError:
        raise LoginLost("login.answered", attempt) from None
    return secret
