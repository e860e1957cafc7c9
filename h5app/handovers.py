"""Which people agreed that a partner hands them over to the bank, and which withdrew that.

The consents themselves are at the bank. These rows decide before anything about a person is sent there. So they name
the partner's subject by its hash only.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum

from sqlalchemy import Connection, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from h5app.services import Services
from h5app.tables import handovers
from partner_adapters.kit.pages.security.secrets import hash_secret

# The purpose of the consent.
CONSENT = "share_with_bank"


class Handover(StrEnum):
    """What a person said to being handed over."""

    UNASKED = "unasked"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"


def hash_subject(partner: str, subject: str) -> str:
    """Return by what a partner's subject is named where it must not be readable."""
    return hash_secret(f"{partner}\n{subject}")


async def find(services: Services, partner: str, subject_hash: str) -> Handover:
    """Return what the person behind this subject said."""
    query = select(handovers).where(handovers.c.partner == partner, handovers.c.subject_hash == subject_hash)
    row = await services.store.read(lambda conn: conn.execute(query).first())
    if row is None:
        return Handover.UNASKED
    return Handover.AGREED if row.withdrawn_at is None else Handover.WITHDRAWN


async def record_agreed(services: Services, partner: str, subject: str, customer_id: str) -> None:
    """Record that the person behind this subject agreed and is this customer of the bank."""
    key = {"partner": partner, "subject_hash": hash_subject(partner, subject)}
    earlier = [handovers.c[name] == value for name, value in key.items()]

    def write(conn: Connection) -> None:
        # The consent is the customer's. It holds for what else the partner calls them, too.
        conn.execute(_of_customer(partner, customer_id).values(withdrawn_at=None))
        conn.execute(delete(handovers).where(*earlier))
        conn.execute(insert(handovers).values(**key, customer_id=customer_id))

    with suppress(IntegrityError):  # two browsers at once: the other one wrote the same
        await services.store.write(write)


async def forget(services: Services, partner: str, subject: str) -> None:
    """Delete what this subject said, so that they are asked again."""
    key = [handovers.c.partner == partner, handovers.c.subject_hash == hash_subject(partner, subject)]
    await services.store.write(lambda conn: conn.execute(delete(handovers).where(*key)))


async def record_change(services: Services, partner: str, customer_id: str, *, withdrawn: bool) -> None:
    """Record that a customer withdrew the consent, or gave it again."""
    change = _of_customer(partner, customer_id).values(
        withdrawn_at=services.clock.wall() if withdrawn else None
    )
    await services.store.write(lambda conn: conn.execute(change))


def _of_customer(partner: str, customer_id: str) -> Update:
    return update(handovers).where(handovers.c.partner == partner, handovers.c.customer_id == customer_id)
