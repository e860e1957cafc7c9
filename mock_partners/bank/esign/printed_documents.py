"""Documents without a seal, such as receipts and statements. Nothing about them is stored."""

from __future__ import annotations

from datetime import datetime
from itertools import accumulate
from typing import Any

from partner_adapters.esign.wire import PrintDocument, PrintedEntry, PrintReceipt, PrintStatement
from partner_adapters.kit.values.amounts_in_words import capitals
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.problems import FieldError, Problem

# Stands for a character that no font of ours has, as printers in China and Japan do.
NOT_DRAWN = "〓"


def require_consistent(command: PrintDocument) -> None:
    """Raise Problem 422 `esign.contradiction` for a statement whose entries do not add up to its balances."""
    if isinstance(command, PrintReceipt):
        return
    changes = [entry.change_fen for entry in command.entries]
    running = list(accumulate(changes, initial=command.opening_fen))
    wrong = [
        field
        for field, holds in (
            ("entries", running[1:] == [entry.after_fen for entry in command.entries]),
            ("closing", running[-1] == command.closing_fen),
            ("in", sum(change for change in changes if change > 0) == command.in_fen),
            ("out", -sum(change for change in changes if change < 0) == command.out_fen),
            ("last", command.first <= command.last),
            ("entries", all(command.first <= entry.day <= command.last for entry in command.entries)),
        )
        if not holds
    ]
    if wrong:
        errors = [FieldError(field=field, code="esign.does_not_add_up") for field in wrong]
        raise Problem(422, "esign.contradiction", "the request contradicts itself", errors=errors)


def template_data(command: PrintDocument, now: datetime) -> dict[str, Any]:
    """Return JSON-ready data for `templates/<template>.typ`. `now`: when the document is made."""
    common = {
        "bank": command.bank.model_dump(),
        "holder": command.holder_masked,
        "last_four": command.account_last_four,
        "made_at": _minute(now),
        "not_drawn": NOT_DRAWN if NOT_DRAWN in command.model_dump_json() else "",
    }
    if isinstance(command, PrintReceipt):
        return {**common, "entry": _entry(command.entry), "booked_at": _minute(command.booked_at)}
    return {**common, **_statement(command)}


def _statement(command: PrintStatement) -> dict[str, Any]:
    return {
        "first": command.first.isoformat(),
        "last": command.last.isoformat(),
        "opening": fen_to_people(command.opening_fen),
        "closing": fen_to_people(command.closing_fen),
        "in": fen_to_people(command.in_fen),
        "out": fen_to_people(command.out_fen),
        "entries": [_entry(entry) for entry in command.entries],
    }


def _entry(entry: PrintedEntry) -> dict[str, Any]:
    amount_fen = abs(entry.change_fen)
    return {
        "day": entry.day.isoformat(),
        "kind": entry.kind,
        "counterparty": entry.counterparty,
        "reference": entry.reference,
        "comes_in": entry.change_fen > 0,
        "amount": fen_to_people(amount_fen),
        "words": capitals(amount_fen),
        "after": fen_to_people(entry.after_fen),
    }


def _minute(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
