"""What a change may contain: a valid document, a bank's figures within their ranges, a parameter within its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from mock_partners.bank.core.changes.soundness import faults_of, faults_of_own, with_code
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.dated_changes import ChangeKind, ChangeRecord, in_effect, read_changes
from mock_partners.bank.core.kernel.parameters import first_values
from mock_partners.bank.core.kernel.settings import PROVINCE, Parameters
from mock_partners.bank.core.products.catalogue import compose, load
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.changes import Difference
from partner_adapters.kit.values.problems import FieldError, Problem


def check_content(conn: Connection, ctx: Context, change: ChangeRecord) -> None:
    """Raise unless the content is sound by itself and with what other layers say from its day on.

    Problems 404 `change.unknown_name`, 422 `change.invalid` with each error's path and reason.
    """
    try:
        if change.kind == "parameter":
            _check_parameter(change)
        elif change.kind == "product":
            _check_document(conn, ctx, change)
        else:
            _check_override(conn, ctx, change)
    except ValidationError as error:
        raise invalid_content(error, change.content) from error
    except ValueError as error:
        raise _invalid([("value_error", *_split(line)) for line in str(error).splitlines()]) from error


def invalid_content(error: ValidationError, content: Mapping[str, Any]) -> Problem:
    """Return the refusal that names each place of a document and what is wrong there."""
    found: list[tuple[str, str, str]] = []
    for each in error.errors():
        path, why = ".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, ")
        places = [(path, why)] if path else [_split(line) for line in why.splitlines()]
        found += [(each["type"], with_code(place, content), why) for place, why in places]
    return _invalid(found)


def _invalid(found: Sequence[tuple[str, str, str]]) -> Problem:
    return Problem(
        422,
        "change.invalid",
        "; ".join(f"{field}: {why}" for _, field, why in found)[:2000],
        errors=[FieldError(field=field, code=code, params={"why": why}) for code, field, why in found],
    )


def _split(line: str) -> tuple[str, str]:
    field, colon, why = line.partition(": ")
    return (field, why) if colon else ("document", line)


def differences(conn: Connection, ctx: Context, change: ChangeRecord) -> list[Difference]:
    """Return what differs on the change's day from what would apply there without it."""
    others = [
        each
        for each in _of_name(conn, change.bank_id, change)
        if each.number != change.number or each.bank_id != change.bank_id
    ]
    if change.kind == "parameter":
        before = _stated(others, change.bank_id, change.effective_on)
        after = _stated([*others, replace(change, outcome="approved")], change.bank_id, change.effective_on)
        return list(_differ("value", before, after))
    before_document = compose(others, change.bank_id, change.effective_on).get(change.name)
    with_change = [*others, replace(change, outcome="approved")]
    after_document = compose(with_change, change.bank_id, change.effective_on).get(change.name)
    return list(_differ("", _content(before_document), _content(after_document)))


def _check_parameter(change: ChangeRecord) -> None:
    if change.name not in Parameters.model_fields:
        raise Problem(404, "change.unknown_name")
    if change.content.keys() != {"value"}:
        raise ValueError("content: a parameter has one `value` and nothing else")
    value = change.content["value"]
    if value is None:
        if change.bank_id == PROVINCE:
            raise ValueError("value: the province's parameters have a value")
        return
    first = {name: each["value"] for name, each in first_values().items()}
    Parameters.model_validate(first | {change.name: value})


def _check_document(conn: Connection, ctx: Context, change: ChangeRecord) -> None:
    document = load(change.content, {})
    if document.code != change.name:
        raise ValueError(f"code: is {document.code}, but the change is about {change.name}")
    if document.effective_on != change.effective_on:
        raise ValueError(
            f"effective_on: is {document.effective_on}, but the change is for {change.effective_on}"
        )
    _require_sound(document, ctx, change.bank_id)
    if change.bank_id != PROVINCE:
        return
    # Every bank's own figures must still fit the new document, from its day on.
    for bank in ctx.settings.banks:
        own = [each for each in _of_name(conn, bank.bank_id, change) if each.kind == "override"]
        for override in _from_day_on(own, bank.bank_id, change.effective_on):
            try:
                _require_sound(load(change.content, override.content), ctx, bank.bank_id)
            except ValueError as error:
                raise ValueError(f"with the own figures of {bank.bank_id}: {error}") from error


def _check_override(conn: Connection, ctx: Context, change: ChangeRecord) -> None:
    if change.bank_id == PROVINCE:
        raise ValueError("override: the province changes its document itself")
    documents = [each for each in _of_name(conn, change.bank_id, change) if each.kind == "product"]
    bases = [
        base
        for layer in (change.bank_id, PROVINCE)
        for base in _from_day_on(documents, layer, change.effective_on)
    ]
    if not bases:
        raise Problem(404, "change.unknown_name")
    for base in bases:
        document = load(base.content, change.content)
        if found := [*faults_of_own(document, change.content)]:
            raise ValueError("\n".join(found))
        _require_sound(document, ctx, change.bank_id)


def _require_sound(document: ProductDocument, ctx: Context, layer: str) -> None:
    settings = ctx.settings
    partners = {
        client.partner.partition("~")[0] for client in settings.clients if layer in (PROVINCE, client.bank_id)
    }
    if found := faults_of(document, ctx.today, ctx.parameters.lpr_ppm, partners):
        content = document.model_dump(mode="json")
        lines = map(_split, found)
        raise ValueError("\n".join(f"{with_code(key, content)}: {why}" for key, why in lines))


def _of_name(conn: Connection, bank_id: str, change: ChangeRecord) -> list[ChangeRecord]:
    kinds: list[ChangeKind] = ["parameter"] if change.kind == "parameter" else ["product", "override"]
    return read_changes(conn, {bank_id, PROVINCE}, kinds, change.name, approved_only=True)


def _from_day_on(changes: Sequence[ChangeRecord], layer: str, day: date) -> list[ChangeRecord]:
    """Return the change that applies on a day, and those that take effect later."""
    current = in_effect(changes, layer, day)
    later = [each for each in changes if each.bank_id == layer and each.effective_on > day]
    return [*([current] if current else []), *later]


def _stated(changes: Sequence[ChangeRecord], bank_id: str, on: date) -> Any:
    for layer in (bank_id, PROVINCE):
        found = in_effect(changes, layer, on)
        if found is not None and found.content["value"] is not None:
            return found.content["value"]
    return None


def _content(document: ProductDocument | None) -> Any:
    # A document states how loans are repaid under `terms` only (see its `loan_rules`).
    stated_elsewhere = {"servicing": {"repayment"}}
    return None if document is None else document.model_dump(mode="json", exclude=stated_elsewhere)


def _differ(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differ(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differ(f"{path}.{number}", old, new)
    else:
        yield Difference(path=path, before=before, after=after)
