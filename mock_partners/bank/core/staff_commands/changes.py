"""`python -m mock_partners.bank.core products|parameters …`: check, propose, decide and undo changes.

It calls the core's API as an operator with the scope `products` or `parameters`. One proposes, another decides.
"""

from __future__ import annotations

import argparse
import json
import secrets
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from mock_partners.bank.core.changes.checking import check_text
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.staff_commands.calling import BadInput, call_core, day, printable
from partner_adapters.core_bank.changes import Change, Changes, DecideChange, ProposeChange, UndoChange
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.strict_json import parse

DOCUMENTS = {"product": "docs/operators/products.md", "parameter": "docs/operators/parameters.md"}
# What to do about a refusal, by its code.
MEANINGS = {
    "change.own": "the person who proposed it cannot decide; another one approves or refuses it",
    "change.unknown": "your layer has no change of this number; `changes` lists them",
    "change.unknown_name": "no product or parameter has this name on that day; `parameters show` lists parameters",
    "change.day_past": "the day is over; propose it for `least` or later",
    "change.decided": "it was decided already",
    "change.not_in_effect": "only an approved change with something before it can be undone",
    "change.no_difference": "the same applies on that day already",
    "change.version_taken": "this version exists; write `least` or a higher one as `version`",
    "product.unknown": "no version of this product applies on that day; `show CODE --day DAY` looks at another",
}
What = Literal["product", "parameter"]


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 for a refusal or an error of a file, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    what: What = "product" if asked.room == "products" else "parameter"
    if asked.command == "check":
        return _check(Path(asked.file))
    if asked.command == "schema":
        print(schema())
        return 0
    return call_core(lambda calls: _run(asked, Changes(calls, what)), DOCUMENTS[what], MEANINGS)


def schema() -> str:
    """Return the JSON schema of a product document, as docs/products/schema.json keeps it."""
    return json.dumps(ProductDocument.model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True)


def _check(file: Path) -> int:
    faults = check_text(file.read_text("utf-8"), datetime.now(CHINA).date())
    for fault in faults:
        print(f"{file}:{fault}")
    if not faults:
        print(f"{file}: can be proposed")
    return 1 if faults else 0


async def _run(asked: argparse.Namespace, changes: Changes) -> None:
    # Random: the same words on another day are another command.
    intent = secrets.token_hex(20)
    match asked.command:
        case "changes":
            for each in await changes.all():
                print(_summary(each))
        case "change":
            _show(await changes.get(asked.number))
        case "approve" | "refuse":
            decision = DecideChange(approve=asked.command == "approve", reason=asked.reason)
            _show(await changes.decide(asked.number, decision, intent))
        case "undo":
            _show(
                await changes.undo(
                    asked.number, UndoChange(effective_on=asked.on, reason=asked.reason), intent
                )
            )
        case "propose":
            _show(await changes.propose(_document(Path(asked.file), asked.reason), intent))
        case "set" if asked.room == "products":
            own = dict(map(_pair, asked.figures))
            _show(await changes.propose(_change("override", asked.code, own, asked), intent))
        case "set":
            _show(
                await changes.propose(
                    _change("parameter", asked.name, {"value": _value(asked.value)}, asked), intent
                )
            )
        case "show" if asked.room == "products":
            found = await changes.product(asked.code, asked.day)
            print(f"{found.code} on {found.day}: version {found.version}, sha256 {found.sha256}")
            for each in found.changes:
                print(_summary(each))
            print(json.dumps(found.document, indent=1, ensure_ascii=False))
        case "show":
            values = await changes.parameters(asked.day)
            for value in values.items:
                why = f"{value.layer} {value.number}, from {value.effective_on}, by {value.proposed_by}"
                shown = json.dumps(value.value, ensure_ascii=False)
                print(f"{value.name} = {shown}  ({why} and {value.decided_by}: {printable(value.reason)})")
            if values.provisional:
                print(f"the working days of {values.day.year} are provisional: no decree is known")


def _change(
    kind: Literal["override", "parameter"], name: str, content: dict[str, Any], asked: argparse.Namespace
) -> ProposeChange:
    return ProposeChange(kind=kind, name=name, content=content, effective_on=asked.on, reason=asked.reason)


def _document(file: Path, reason: str) -> ProposeChange:
    text = file.read_text("utf-8")
    if faults := check_text(text, datetime.now(CHINA).date()):
        raise BadInput("\n".join(f"{file}:{fault}" for fault in faults))
    document = ProductDocument.model_validate(tomllib.loads(text))
    content = document.model_dump(mode="json")
    return ProposeChange(
        kind="product", name=document.code, content=content, effective_on=document.effective_on, reason=reason
    )


def _pair(text: str) -> tuple[str, Any]:
    path, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"{printable(text)} is not PATH=VALUE, such as parameters.cap_fen=20000000")
    return path, _value(value)


def _value(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        raise BadInput(
            f'{printable(text)} is not JSON: write 30000, true, null, \'"text"\' or ["a"]'
        ) from None


def _summary(change: Change) -> str:
    decided = f" by {change.decided_by}" if change.decided_by else ""
    undoes = f", undoes {change.undoes}" if change.undoes else ""
    return (
        f"{change.number}  {change.layer}  {change.kind} {change.name}  from {change.effective_on}:"
        f" {change.state}{decided}, proposed by {change.proposed_by}{undoes}: {printable(change.reason)}"
    )


def _show(change: Change) -> None:
    print(_summary(change))
    for each in change.differences:
        if not each.path and each.before is None:
            # A new document has no version to differ from: each figure on a line of its own can be read and compared.
            for path, value in _leaves("", each.after):
                print(f"  + {path} = {json.dumps(value, ensure_ascii=False)}")
            continue
        before, after = (json.dumps(value, ensure_ascii=False) for value in (each.before, each.after))
        print(f"  {each.path or 'the whole document'}\n  - {before}\n  + {after}")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each value inside a document that contains no other, by its dotted path."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not rows or (isinstance(value, list) and not any(isinstance(row, dict) for row in value)):
        yield path, value
        return
    for key, inner in rows:
        yield from _leaves(f"{path}.{key}" if path else str(key), inner)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core")
    rooms = parser.add_subparsers(dest="room", required=True)
    for room in ("products", "parameters"):
        commands = rooms.add_parser(room).add_subparsers(dest="command", required=True)
        commands.add_parser("changes", help="the changes of your layer, the newest first")
        commands.add_parser("change", help="one change with its differences").add_argument("number", type=int)
        for name, said in (
            ("approve", "let the change of another person apply from its day on"),
            ("refuse", "end the change of another person: it never applies"),
            ("undo", "propose what applied before an approved change"),
        ):
            command = commands.add_parser(name, help=said)
            command.add_argument("number", type=int)
            command.add_argument("--reason", required=True)
            if name == "undo":
                command.add_argument(
                    "--from", dest="on", type=day, required=True, help="tomorrow at the earliest"
                )
        setting = commands.add_parser("set", help="propose values of your layer, from a day on")
        if room == "products":
            setting.add_argument("code")
            setting.add_argument("figures", nargs="*", help="PATH=VALUE, all that the bank sets itself")
        else:
            setting.add_argument("name")
            setting.add_argument("value", help="JSON; null takes the province's again")
        setting.add_argument("--from", dest="on", type=day, required=True, help="tomorrow at the earliest")
        setting.add_argument("--reason", required=True)
        shown = commands.add_parser("show", help="what applies on a day, and why")
        if room == "products":
            shown.add_argument("code")
        shown.add_argument("--day", type=day, help="such as 2026-12-31; otherwise the bank's business date")
        if room == "products":
            commands.add_parser("check", help="name every error of a file").add_argument("file")
            commands.add_parser("schema", help="print the JSON schema of a document")
            proposing = commands.add_parser("propose", help="propose a whole document")
            proposing.add_argument("file")
            proposing.add_argument("--reason", required=True)
    return parser
