"""Each kind of order has one row, and its row is complete: texts in both languages, routes, icon, template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import h5app
from h5app.confirming.actions import ACTIONS, MoneyAction, actions_on
from h5app.confirming.quoted import ConfirmedAction, QuotedAction
from h5app.page import ICONS, TEXTS, environment
from h5app.routes import ROUTES
from h5app.states import ACCOUNTS
from partner_adapters.core_bank.orders import OrderKind
from partner_adapters.identity.policy import StepUpPolicy
from tests.support.pages import samples

HOME = Path(h5app.__file__).parent
ROWS = pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.kind)


def _params(route: str) -> set[str]:
    paths = [each.path for each in ROUTES if each.name == route]
    assert paths, route
    return set(re.findall(r"{(\w+)}", paths[0])) - {"partner"}


def test_every_kind_of_order_has_a_row() -> None:
    assert ACTIONS.keys() == set(get_args(OrderKind))


@ROWS
def test_a_row_has_its_texts_in_both_languages(action: MoneyAction) -> None:
    for lang in ("zh", "en"):
        texts = {str(message.id): message.string for message in TEXTS.read(lang) if message.id}
        assert [text for text in action.texts if not texts.get(text)] == []


@ROWS
def test_a_row_has_its_routes_with_all_their_parameters(action: MoneyAction) -> None:
    assert _params(action.page) is not None
    for there in (action.next, action.retry):
        assert _params(there.route) == there.results.keys() | there.params.keys()


@ROWS
def test_a_row_has_its_icon_and_its_template(action: MoneyAction) -> None:
    assert action.icon in ICONS
    assert action.template in environment("zh").list_templates()


@ROWS
def test_a_kind_is_the_name_of_its_check_too(action: MoneyAction) -> None:
    assert action.step_up in (None, action.kind)
    assert action.step_up is None or action.step_up in StepUpPolicy.model_fields


@ROWS
def test_trying_again_never_depends_on_a_result(action: MoneyAction) -> None:
    """A failed order has none."""
    assert action.retry.results == {}


@pytest.mark.parametrize("state", ACCOUNTS)
def test_an_account_offers_only_what_its_state_allows(state: str) -> None:
    offered = [action.page for action in actions_on(samples.overview(account=samples.account(state=state)))]
    assert offered == [page for page in ("top_up", "withdraw", "card") if page in ACCOUNTS[state].pages]


def test_without_an_account_nothing_is_offered_on_it() -> None:
    assert actions_on(samples.overview(account=None)) == []


def test_every_quoted_action_is_a_row_of_its_own() -> None:
    def leaves(kind: type) -> list[type]:
        return [leaf for each in kind.__subclasses__() for leaf in (leaves(each) or [each])]

    kinds = [leaf.action.kind for leaf in leaves(ConfirmedAction) if leaf is not QuotedAction]
    assert sorted(kinds) == [
        "account_closing",
        "account_freezing",
        "account_lifting",
        "card_change",
        "card_repayment",
        "class_raise",
        "contract_signing",
        "drawdown",
        "limit_change",
        "repayment",
        "top_up",
        "withdrawal",
    ]


def test_no_other_file_of_h5app_lists_kinds() -> None:
    """Two kinds on one line are the beginning of a second list."""
    names = "|".join(sorted(ACTIONS, key=len, reverse=True))
    listed = re.compile(rf"[\"']({names})[\"'].*[\"']({names})[\"']")
    found = [
        f"{path.relative_to(HOME)}: {line.strip()}"
        for path in sorted(HOME.rglob("*"))
        if path.suffix in (".py", ".html") and path.name != "actions.py"
        for line in path.read_text("utf-8").splitlines()
        if listed.search(line)
    ]
    assert found == []
