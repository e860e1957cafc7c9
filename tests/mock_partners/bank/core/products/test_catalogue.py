"""Versions take effect on their day, each bank has its own figures, and decisions name what they were made by."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.tables import decision
from mock_partners.bank.core.products.catalogue import digest, install, offered, seeds, set_parameter
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, WANG, TestBank
from tests.support.people.applicants import borrower

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
CODE = "sunshine_e_micro"
TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)


async def product(bank: TestBank, bank_id: str, on: date) -> ProductDocument:
    return await bank.store.read(lambda conn: offered(conn, bank_id, CODE, on))


async def test_a_bank_s_own_figure_holds_from_its_day_and_for_that_bank_alone(bank: TestBank) -> None:
    li, wang = await borrower(bank, LI), await borrower(bank, WANG, "haian")
    ctx = bank.context()
    await bank.store.write(lambda conn: set_parameter(conn, ctx, CODE, "reviewers_min", 6, TOMORROW))
    assert (await product(bank, "hzw", TODAY)).parameters["reviewers_min"] == 3
    assert (await product(bank, "hzw", TOMORROW)).parameters["reviewers_min"] == 6
    assert (await product(bank, "hab", TOMORROW)).parameters["reviewers_min"] == 3

    bank.clock.advance(timedelta(days=1))
    declined = (await li.decided()).decision
    assert declined is not None
    assert [(one.code, one.params) for one in declined.reasons] == [("V02", {"found": 5, "least": 6})]
    approved = (await wang.decided()).decision
    assert approved is not None
    assert approved.outcome == "approved"
    page = await li.client.products.get(CODE)
    assert any("至少 6 位" in text["zh"] for text in page.requirements)


async def test_a_new_version_takes_effect_on_its_day(bank: TestBank) -> None:
    ctx = bank.context()
    first = await product(bank, "hzw", TODAY)
    second = first.model_copy(
        update={"version": 5, "effective_on": TOMORROW, "name": {"zh": "新", "en": "New"}}
    )
    await bank.store.write(lambda conn: install(conn, ctx, [second, *seeds()]))
    assert (await product(bank, "hzw", TODAY)).version == 4
    assert await product(bank, "hzw", TOMORROW) == second
    assert (await product(bank, "hab", TOMORROW)).version == 4


async def test_a_product_is_not_offered_before_its_first_day(bank: TestBank) -> None:
    with pytest.raises(Problem) as refused:
        await product(bank, "hzw", date(2025, 12, 31))
    assert refused.value.code == "product.unknown"


async def test_a_decision_names_rules_facts_and_the_very_document(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    await li.decided()
    row = (await bank.store.read(lambda conn: conn.execute(select(decision)).all()))[0]
    made_by = await product(bank, "hzw", TODAY)
    assert (row.number, row.product_version, row.product_sha256) == (1, 4, digest(made_by))
    assert len(row.facts_sha256) == 64
    looked_at = {(rule["code"], rule["result"]) for rule in row.trace["rules"]}
    assert {("P02", "ok"), ("V04", "ok"), ("L01", "ok")} <= looked_at
    assert len(row.trace["rules"]) == len(made_by.all_rules)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"customers": ["company"]}, "product.for_company"),
        ({"guarantee": "mortgage"}, "product.at_counter"),
        ({"channels": ["haian"]}, "product.not_here"),
    ],
)
async def test_what_is_not_taken_here_is_refused(bank: TestBank, change: dict[str, Any], code: str) -> None:
    li, ctx = await borrower(bank, LI), bank.context()
    first = await product(bank, "hzw", TODAY)
    second = first.model_copy(update={"version": 5, "effective_on": TODAY, **change})
    await bank.store.write(lambda conn: install(conn, ctx, [second, *seeds()]))
    shown = await li.client.products.get(CODE)
    assert not shown.is_taken_at("lyg")
    listed = {each.code for each in await li.client.products.all()}
    assert (CODE in listed) == ("channels" not in change)
    with pytest.raises(Problem) as refused:
        await li.apply()
    assert (refused.value.status, refused.value.code) == (409, code)
