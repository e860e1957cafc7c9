"""Changes, parameters and products as operators see them, and which value applies on a day and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.dated_changes import ChangeKind, ChangeRecord, in_effect, read_changes
from mock_partners.bank.core.kernel.parameters import parameters_in_effect, parameters_on
from mock_partners.bank.core.kernel.settings import PROVINCE
from mock_partners.bank.core.products.catalogue import digest, offered
from partner_adapters.core_bank.changes import (
    TODAY,
    Change,
    ChangeList,
    Difference,
    ParameterValue,
    ParameterValues,
    ProductInEffect,
)
from partner_adapters.kit.values.problems import Problem

# How many changes a list shows.
MOST_LISTED = 100


def change_to_wire(change: ChangeRecord, differences: Sequence[Difference] = ()) -> Change:
    """Return the wire model."""
    return Change(
        number=change.number,
        layer=change.bank_id,
        kind=change.kind,
        name=change.name,
        state=change.outcome or "proposed",
        effective_on=change.effective_on,
        reason=change.reason,
        proposed_by=change.proposed_by,
        proposed_at=change.proposed_at,
        undoes=change.undoes,
        decided_by=change.decided_by,
        decided_at=change.decided_at,
        decision_reason=change.decision_reason,
        differences=list(differences),
    )


def show_changes(kinds: Sequence[ChangeKind]) -> Callable[[Connection, Context], ChangeList]:
    """Return the query of the changes of the operator's layer."""

    def run(conn: Connection, ctx: Context) -> ChangeList:
        newest_first = read_changes(conn, [ctx.bank_id], kinds)[::-1]
        return ChangeList(items=[change_to_wire(each) for each in newest_first[:MOST_LISTED]])

    return run


def show_parameters(conn: Connection, ctx: Context, day: str) -> ParameterValues:
    """Return what every parameter is on a day or `today`, and why. Problem 404 `day.unknown`."""
    on = _read_day(ctx, day)
    changes = read_changes(conn, {ctx.bank_id, PROVINCE}, ["parameter"], approved_only=True)
    items = [
        ParameterValue(
            name=each.name,
            value=each.value,
            layer=each.change.bank_id,
            number=each.change.number,
            effective_on=each.change.effective_on,
            reason=each.change.reason,
            proposed_by=each.change.proposed_by,
            decided_by=each.change.decided_by or "",
        )
        for each in parameters_in_effect(changes, ctx.bank_id, on)
    ]
    return ParameterValues(
        day=on,
        provisional=parameters_on(changes, ctx.bank_id, on).is_provisional(on),
        items=sorted(items, key=lambda each: each.name),
    )


def show_product(conn: Connection, ctx: Context, code: str, day: str) -> ProductInEffect:
    """Return what a product is on a day or `today`, and why. Problems 404 `product.unknown`, `day.unknown`."""
    on = _read_day(ctx, day)
    document = offered(conn, ctx.bank_id, code, on)
    changes = read_changes(conn, {ctx.bank_id, PROVINCE}, ["product", "override"], code, approved_only=True)
    layers: list[tuple[str, Literal["product", "override"]]] = [
        (PROVINCE, "product"),
        (ctx.bank_id, "product"),
        (ctx.bank_id, "override"),
    ]
    behind = [
        in_effect([each for each in changes if each.kind == kind], layer, on)
        for layer, kind in dict.fromkeys(layers)
    ]
    return ProductInEffect(
        code=code,
        day=on,
        version=document.version,
        sha256=digest(document),
        document=document.model_dump(mode="json"),
        changes=[change_to_wire(each) for each in behind if each is not None],
    )


def _read_day(ctx: Context, text: str) -> date:
    try:
        return ctx.today if text == TODAY else date.fromisoformat(text)
    except ValueError as error:
        raise Problem(404, "day.unknown") from error
