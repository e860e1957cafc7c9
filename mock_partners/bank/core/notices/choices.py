"""Which kinds of text messages a customer wants, and in which language."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass
from sqlalchemy import ColumnElement, Connection, insert, select, update

from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.tables import customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.tables import turned_off
from partner_adapters.core_bank.text_messages import (
    ChooseTextMessages,
    RequiredBecause,
    TextMessageChoices,
    TextMessageKind,
)
from partner_adapters.kit.values.problems import invalid

_t = turned_off.c


@dataclass(frozen=True)
class Kind:
    """One kind of text messages as customers see it; `text_message_kinds.toml` explains the fields."""

    required_because: RequiredBecause | None = None
    kept: bool = False


KINDS: Mapping[str, Kind] = TypeAdapter(dict[str, Kind]).validate_python(
    tomllib.loads(Path(__file__).with_name("text_message_kinds.toml").read_text("utf-8"))
)
OPTIONAL = frozenset(name for name, kind in KINDS.items() if kind.required_because is None)


def is_wanted(conn: Connection, bank_id: str, customer_id: str, kind: str) -> bool:
    """Whether messages of this kind are sent: it is required, or the customer did not turn it off."""
    return kind not in OPTIONAL or kind not in _turned_off(conn, bank_id, customer_id)


def show(conn: Connection, ctx: Context, customer_id: str) -> TextMessageChoices:
    """Return every kind with the customer's choice. Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    off = _turned_off(conn, ctx.bank_id, customer_id)
    return TextMessageChoices(
        lang=read_customer(conn, ctx.bank_id, customer_id).lang,
        items=[
            TextMessageKind(
                kind=name, is_on=name not in off, required_because=kind.required_because, kept=kind.kept
            )
            for name, kind in KINDS.items()
        ],
    )


def choose(
    conn: Connection, ctx: Context, customer_id: str, command: ChooseTextMessages
) -> TextMessageChoices:
    """Change what the customer gets. Problems 404 `customer.unknown`, 422 `text_message.required`."""
    require_own_customer(conn, ctx, customer_id)
    if command.off is not None:
        _turn_off(conn, ctx, customer_id, set(command.off))
    if command.lang is not None:
        same = (customer.c.bank_id == ctx.bank_id) & (customer.c.customer_id == customer_id)
        conn.execute(update(customer).where(same).values(lang=command.lang))
    return show(conn, ctx, customer_id)


def _turn_off(conn: Connection, ctx: Context, customer_id: str, wanted_off: set[str]) -> None:
    """Turn these kinds off and all others on."""
    if wanted_off - OPTIONAL:
        raise invalid("off", "text_message.required")
    is_off = _turned_off(conn, ctx.bank_id, customer_id)
    for kind in is_off - wanted_off:
        still_off = _still_off(ctx.bank_id, customer_id)
        conn.execute(update(turned_off).where(*still_off, _t.kind == kind).values(on_at=ctx.now))
    for kind in wanted_off - is_off:
        conn.execute(
            insert(turned_off).values(
                bank_id=ctx.bank_id,
                choice_id=secrets.token_hex(16),
                customer_id=customer_id,
                kind=kind,
                off_at=ctx.now,
            )
        )


def _turned_off(conn: Connection, bank_id: str, customer_id: str) -> set[str]:
    return set(conn.execute(select(_t.kind).where(*_still_off(bank_id, customer_id))).scalars())


def _still_off(bank_id: str, customer_id: str) -> tuple[ColumnElement[bool], ...]:
    return _t.bank_id == bank_id, _t.customer_id == customer_id, _t.on_at.is_(None)
