"""What one money action costs: the files that name the withdrawal are those that CONTRIBUTING.md says it touches.

A file that is missing from the list means that an action has become dearer. Move what it says into the action's row
first, and add the file here only if it cannot go there.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from h5app.confirming.actions import ACTIONS as PAGE_ACTIONS
from mock_partners.bank.core.kernel.actions import ACTIONS as CORE_ACTIONS
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.core_bank.orders import OrderKind
from tests.support.cases import COMMAND_CASES

ROOT = Path(__file__).parents[1]
NAMES_IT = re.compile(r"withdrawal|Withdraw|WITHDRAWAL|/withdraw|['\"]withdraw['\"]")
PROGRAMS = ("h5app/", "partner_adapters/", "mock_partners/", "tests/support/cases.py")
# A migration tells what once was; one that is written never changes again.
NEVER_CHANGED = "/migrations/"
# What every action costs, in the order of the worked example in CONTRIBUTING.md.
COST: Mapping[str, tuple[str, ...]] = {
    "a row on each side, and its name on the wire": (
        "partner_adapters/core_bank/orders.py",
        "mock_partners/bank/core/kernel/actions.py",
        "h5app/confirming/actions.py",
    ),
    "one command, with its line in the core's map": (
        "mock_partners/bank/core/account_services/withdrawals.py",
        "mock_partners/bank/core/routes.py",
    ),
    "one proof": ("mock_partners/bank/core/account_services/proofs.py",),
    "one wire model with its client call": (
        "partner_adapters/core_bank/withdrawals.py",
        "partner_adapters/core_bank/client.py",
    ),
    "one page with its line in the pages' map": (
        "h5app/pages/wallet/withdraw.py",
        "h5app/routes.py",
    ),
    "the states that allow it, and its icon": ("h5app/states.py", "h5app/page.py"),
    "its templates": ("h5app/templates/wallet/withdraw_amount.html", "h5app/templates/wallet/withdraw.html"),
    "its texts": (
        "h5app/locales/zh_CN/messages.po",
        "h5app/locales/en/messages.po",
        "mock_partners/bank/core/notices/text_messages.toml",
    ),
    "one case that every sweep of commands reads": ("tests/support/cases.py",),
}
# What a withdrawal costs besides, because it is a transfer with the card network and has a fee.
BESIDES: Mapping[str, tuple[str, ...]] = {
    "its row among the transfers, which work, notice and settlement file ask": (
        "mock_partners/bank/core/reconciliation/card_transfers.py",
    ),
    "its fee, and where the account shows it": (
        "mock_partners/bank/core/kernel/parameters.toml",
        "mock_partners/bank/core/kernel/settings.py",
        "mock_partners/bank/core/wallet/wire.py",
        "partner_adapters/core_bank/accounts.py",
    ),
    "its entry, because partners' servers may launch it": ("h5app/launches.py",),
    "its check, which the policy and the check without a face name": (
        "partner_adapters/identity/policy.py",
        "partner_adapters/core_bank/card_checks.py",
    ),
}


def _program_files() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        is_program = name.startswith(PROGRAMS) and NEVER_CHANGED not in name and not name.endswith(".md")
        if is_program and (ROOT / name).is_file():
            yield ROOT / name


def _without_prose(file: Path) -> str:
    """Return what the file does: docstrings and comments may name the action as an example."""
    text = file.read_text("utf-8", errors="replace")
    if file.suffix != ".py":
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.unparse(tree)


def _naming_files() -> set[str]:
    return {
        str(file.relative_to(ROOT))
        for file in _program_files()
        if NAMES_IT.search(file.name) or NAMES_IT.search(_without_prose(file))
    }


def test_an_action_costs_what_we_say_and_nothing_else() -> None:
    expected = {file for costs in (COST, BESIDES) for files in costs.values() for file in files}
    assert _naming_files() == expected


def test_the_worked_example_names_every_file_that_it_costs() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    example = text.partition("## A new money action")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w./]+/[\w.]+)`", example))
    assert {file for costs in (COST, BESIDES) for files in costs.values() for file in files} - named == set()


@pytest.mark.parametrize("kind", PAGE_ACTIONS)
def test_every_action_of_the_pages_has_its_row_in_the_core(kind: str) -> None:
    (row,) = [action for action in CORE_ACTIONS if action.kind == kind]
    assert row.ordered
    assert row.proof in {proof.name for proof in PROOFS}


def test_both_sides_know_the_same_orders() -> None:
    assert {action.kind for action in CORE_ACTIONS if action.ordered} == PAGE_ACTIONS.keys()
    assert set(OrderKind.__args__) == PAGE_ACTIONS.keys()  # type: ignore[attr-defined]


def test_every_action_that_moves_money_has_its_case() -> None:
    moves = {action.kind for action in CORE_ACTIONS if action.moves and action.ordered}
    assert moves <= COMMAND_CASES.keys()
