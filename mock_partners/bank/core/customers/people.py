"""The people themselves, unmasked: inside the core only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from mock_partners.bank.core.customers.tables import customer
from partner_adapters.core_bank.customers import Customer
from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class Person:
    """What the partner vouched for."""

    name: str
    id_number: str
    phone: str
    birth_date: date


def person(conn: Connection, bank_id: str, customer_id: str) -> Person:
    """Problem 404 `customer.unknown`."""
    t = customer.c
    query = select(t.name, t.id_number, t.phone, t.birth_date).where(
        t.bank_id == bank_id, t.customer_id == customer_id
    )
    found = conn.execute(query).first()
    if found is None:
        raise Problem(404, "customer.unknown")
    return Person(found.name, found.id_number, found.phone, found.birth_date)


def masked(customer_id: str, one: Person) -> Customer:
    """How a person leaves the core."""
    return Customer(
        customer_id=customer_id,
        name_masked=mask_name(one.name),
        id_number_masked=mask_id_number(one.id_number),
        phone_masked=mask_phone(one.phone),
    )
