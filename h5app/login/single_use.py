"""Single use of what a host hands over: each statement has one row of `arrival`, however it reaches us."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from h5app.login.failed import LoginFailed
from h5app.login.records import LoginAttempt
from h5app.services import Services
from h5app.tables import arrivals
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret


def spent_hash(services: Services, partner: str, handed_over: str) -> str:
    """Return what a statement is used up by. The same signed content under another signature is the same statement."""
    return hash_secret(services.partners[partner].identity.signed_part(handed_over))


async def claim_notice(services: Services, partner: str, once: str) -> None:
    """Record that a host's notice with this id was received. Raises `LoginFailed` if it was received before."""
    row = {
        "arrival_hash": hash_secret(new_secret()),
        "partner": partner,
        # No statement of a host contains a line break, so a notice never takes the place of one.
        "spent_hash": hash_secret(f"notice\n{once}"),
        "login": "",
        "return_to": "",
        "arrived_at": services.clock.wall(),
        "used_at": services.clock.wall(),
    }
    await _insert(services, row, None)


async def claim(
    services: Services,
    partner: str,
    handed_over: str,
    columns: dict[str, Any],
    attempt: LoginAttempt | None = None,
) -> str:
    """Record that the host handed this over, with further `columns` of the row. Return the row's secret.

    Raises `LoginFailed` if the same was handed over before; `attempt` is the attempt that it answers now.
    """
    secret = new_secret()
    await _insert(services, row_of(services, partner, handed_over, secret, columns), attempt)
    return secret


def row_of(
    services: Services, partner: str, handed_over: str, secret: str, columns: dict[str, Any]
) -> dict[str, Any]:
    """Return the row of `arrival` that uses up what the host handed over. A second one violates a constraint."""
    return {
        "arrival_hash": hash_secret(secret),
        "partner": partner,
        "spent_hash": spent_hash(services, partner, handed_over),
        "arrived_at": services.clock.wall(),
        **columns,
    }


async def _insert(services: Services, row: dict[str, Any], attempt: LoginAttempt | None) -> None:
    try:
        await services.store.write(lambda conn: conn.execute(insert(arrivals).values(**row)))
    except IntegrityError:
        # Only the database decides who is first: a read before the insert would let two requests through.
        raise LoginFailed("login.answered", attempt) from None
