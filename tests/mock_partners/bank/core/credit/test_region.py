"""A person is in the region by an address with its source and date; doubt refers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.region import Evidence, weigh
from mock_partners.bank.core.credit.tables import decision
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

HOME = "江苏省连云港市东海县石湖乡示例村3组18号"
ELSEWHERE = "江苏省南京市玄武区示例路1号"
DAY = date(2026, 11, 24)


def said(kind: str, relation: str, sureness: str = "stated", days_ago: int = 0) -> Evidence:
    source = {"stated": "account_opening", "visited": "pre_credit_list", "registered": "registry"}[sureness]
    as_of = DAY - timedelta(days=days_ago)
    return Evidence(kind, source, as_of, sureness, relation, relation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "relation", "decided_by"),
    [
        ([], "unknown", None),
        ([said("residence", "inside")], "inside", "account_opening"),
        ([said("residence", "outside")], "outside", "account_opening"),
        ([said("residence", "unknown")], "unknown", "account_opening"),
        # The surest address that says so is named.
        ([said("residence", "inside"), said("residence", "inside", "visited")], "inside", "pre_credit_list"),
        # Trading in the area is enough, living there is too.
        ([said("residence", "outside"), said("business", "inside", "registered")], "inside", "registry"),
        (
            [said("residence", "inside"), said("business", "outside", "registered")],
            "inside",
            "account_opening",
        ),
        # Addresses of one kind that contradict each other are doubt, and so is one that is not understood.
        (
            [said("residence", "outside"), said("residence", "inside", "visited")],
            "unknown",
            "pre_credit_list",
        ),
        ([said("residence", "outside"), said("business", "unknown", "registered")], "unknown", "registry"),
        ([said("residence", "unknown"), said("residence", "inside", "visited")], "inside", "pre_credit_list"),
    ],
)
def test_addresses_are_weighed_together(found: list[Evidence], relation: str, decided_by: str | None) -> None:
    region = weigh(found)
    assert region.relation == relation
    assert (region.decided_by and region.decided_by.source) == decided_by


@pytest.mark.anyio
async def test_the_address_decides_and_the_trace_says_which(bank: TestBank, esign: ESignStandIn) -> None:
    # Not on the list, so only what she states tells where she lives.
    sun = person("sun_li")
    afar = await borrower(bank, replace(sun, key="sun_li_afar", address=ELSEWHERE))
    known = await afar.client.applications.eligibility(afar.customer_id, "sunshine_e_micro")
    assert [reason.code for reason in known.reasons] == ["R01"]
    assert known.reasons[0].params == {
        "place": "江苏省南京市玄武区",
        "stated_by": "account_opening",
        "stated_on": bank.clock.today().isoformat(),
    }
    # Moved in a minute ago: perhaps written to get the loan, so it is doubt and no certain decline.
    await afar.client.addresses.change(afar.customer_id, ChangeAddress(address=HOME), new_intent())
    known = await afar.client.applications.eligibility(afar.customer_id, "sunshine_e_micro")
    assert known.reasons == []

    li = await borrower(bank, LI)
    decided = await li.decided()
    assert decided.decision is not None
    assert decided.decision.outcome == "approved"
    (trace,) = await bank.store.read(lambda conn: conn.execute(select(decision.c.trace)).scalars().all())
    assert trace["region"]["region_source"] == "pre_credit_list"
    assert trace["region"]["region_by"] == "residence, visited"


@pytest.mark.anyio
async def test_a_resident_of_macao_goes_from_login_to_a_drawn_loan(
    bank: TestBank, esign: ESignStandIn
) -> None:
    he = await borrower(bank, person("he_jiamin"))
    overview = await he.client.customers.overview(he.customer_id)
    assert overview.customer.id_number_masked.startswith("8200")
    assert overview.account is not None
    ask = AskDraw(amount_fen=1_000_000, term_months=12, method="level_payment")
    line_id = await he.line_id()
    quote = await he.client.drawdowns.quote(line_id, ask)
    drawing = Draw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=bank.evidence(he.who))
    order = await he.client.drawdowns.draw(line_id, drawing, new_intent())
    assert order.state == "succeeded"
    account = await he.client.accounts.get(overview.account.account_id)
    assert account.balance_fen == 1_000_000
    await bank.prove()
