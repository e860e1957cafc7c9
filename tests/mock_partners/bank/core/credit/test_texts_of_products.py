"""A product's own codes are told in the product's own words, in every place and for as long as a decision is kept."""

from __future__ import annotations

import tomllib

import pytest

from mock_partners.bank.core.products.catalogue import install
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.desk.pages import environment
from partner_adapters.core_bank.applications import AskReview, Decision
from partner_adapters.kit.pages.forms import Form
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.applicants import borrower
from tests.support.people.statements import TODAY, documented_product

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
ORCHARD = {"product_code": "orchard", "purpose": "trees"}


async def install_orchard(bank: TestBank, version: int, debt_most_fen: int, found: str) -> None:
    """Install a version of the documented product whose own rule declines above this debt."""
    content = tomllib.loads(documented_product())
    content["parameters"]["debt_most_fen"] = debt_most_fen
    content["rules"][1]["text"]["zh"] = found
    document = ProductDocument.model_validate(content | {"version": version, "effective_on": TODAY})
    await bank.store.write(lambda conn: install(conn, [document], bank.clock.now()))


def told(decision: Decision | None) -> list[tuple[str | None, ...]]:
    assert decision is not None
    return [
        (reason.code, *(text and text["zh"] for text in (reason.text, reason.need, reason.help)))
        for reason in decision.reasons
    ]


async def test_a_decline_by_a_product_s_own_rule_says_what_that_version_of_the_product_says(
    bank: TestBank,
) -> None:
    # First, because how a borrower begins is shared between tests.
    li = await borrower(bank, LI)
    await install_orchard(bank, 1, 1_234_50, "别处借了 $found_fen 元")
    application = await li.decided(**ORCHARD)
    expected = [
        ("Q01", "别处借了 10,000 元", "要求：不超过 1,234.50 元", "还到 1,234.50 元以下再申请。"),
    ]
    assert told(application.decision) == expected
    assert application.decision is not None
    assert {bound.code: bound.help for bound in application.decision.bounds if bound.help} == {
        "by_months": {"zh": "每多借一个月，额度多 10,000 元。", "en": "Each further month adds 10,000 yuan."}
    }
    await install_orchard(bank, 2, 100_000_00, "换了说法")
    asked = await li.client.applications.ask_review(application.application_id, AskReview(), new_intent())
    assert told(asked.decision) == expected
    held = await li.client.data.get(li.customer_id)
    assert [told(decision) for decision in held.decisions] == [expected]
    case = await bank.reviews().get(application.application_id)
    rules = {rule.code: rule.text and rule.text["zh"] for rule in case.rules}
    assert (rules["Q01"], rules["P01"]) == ("别处借了 10,000 元", None)
    shown = (
        environment()
        .get_template("case.html")
        .render(
            version=0,
            case=case,
            form=Form(),
            chosen=(),
            site="",
            staff=None,
            csrf="",
            problem=None,
            static=str,
            intent="",
        )
    )
    assert shown.count("别处借了 10,000 元") == 2, "among the rules, and among the reasons of a decline"
    compared = {rule.name: rule.compared for rule in (await bank.proof("lyg")).items}
    assert compared["decisions.come_out_again"] == 1
    await bank.prove()
