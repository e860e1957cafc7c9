"""What a bank offers on a day, changed by two persons in two layers, and never for a case that began before."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.tables import decision
from mock_partners.bank.core.products.catalogue import digest, offered
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.testing.people.personas import person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.changes import ChangeKind, DecideChange, ProposeChange, UndoChange
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, WANG, TestBank, new_intent
from tests.support.people.applicants import borrower
from tests.support.people.operators import change

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
CODE = "sunshine_e_micro"
TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
DEARER = {"parameters.cap_fen": 5_000_000, "price.product_bp": 100}


async def product(bank: TestBank, bank_id: str, on: date) -> ProductDocument:
    return await bank.store.read(lambda conn: offered(conn, bank_id, CODE, on))


async def new_document(bank: TestBank, **parts: Any) -> dict[str, Any]:
    """The province's document of tomorrow, with these parts."""
    first = await product(bank, "hzw", TODAY)
    own = {"version": first.version + 1, "effective_on": TOMORROW.isoformat()}
    return first.model_dump(mode="json") | own | parts


async def refused(bank: TestBank, code: str, change_: ProposeChange, layer: str = "hzw") -> Problem:
    with pytest.raises(Problem) as found:
        await bank.changes(layer=layer).propose(change_, new_intent())
    assert found.value.code == code, found.value.detail
    return found.value


async def test_a_bank_sets_its_rate_and_cap_from_a_day_on_for_itself_alone(bank: TestBank) -> None:
    li, wang = await borrower(bank, LI), await borrower(bank, WANG, "haian")
    approved = await change(bank, "override", CODE, DEARER | {"parameters.reviewers_min": 6}, TOMORROW)
    assert {(each.path, each.before, each.after) for each in approved.differences} == {
        ("parameters.cap_fen", 30_000_000, 5_000_000),
        ("parameters.reviewers_min", 3, 6),
        ("price.product_bp", 60, 100),
    }
    assert (await product(bank, "hzw", TODAY)).price.product_bp == 60
    assert (await product(bank, "hzw", TOMORROW)).price.product_bp == 100
    assert (await product(bank, "hab", TOMORROW)).price.product_bp == 60

    bank.clock.advance(timedelta(days=1))
    declined = (await li.decided()).decision
    assert declined is not None
    assert [(one.code, one.params) for one in declined.reasons] == [("V02", {"found": 5, "least": 6})]
    other = (await wang.decided()).decision
    assert other is not None
    assert other.outcome == "approved"
    page = await li.client.products.get(CODE)
    assert any("至少 6 位" in text["zh"] for text in page.requirements)
    shown = await bank.changes().product(CODE, TOMORROW)
    assert [(each.layer, each.kind) for each in shown.changes] == [
        ("province", "product"),
        ("hzw", "override"),
    ]
    assert shown.sha256 == digest(await product(bank, "hzw", TOMORROW))
    # Without a day: the business date, which here is years from the calendar's.
    assert ((await bank.changes().product(CODE)).day, (await bank.changes("parameter").parameters()).day) == (
        TOMORROW,
        TOMORROW,
    )

    undone = await bank.changes().undo(
        approved.number,
        UndoChange(effective_on=TOMORROW + timedelta(days=1), reason="too dear"),
        new_intent(),
    )
    await bank.changes(who="checker").decide(
        undone.number, DecideChange(approve=True, reason="seen"), new_intent()
    )
    assert undone.undoes == approved.number
    assert (await product(bank, "hzw", TOMORROW)).price.product_bp == 100
    assert (await product(bank, "hzw", TOMORROW + timedelta(days=1))).price.product_bp == 60


async def test_a_bank_s_own_rate_and_cap_of_the_tea_loan_reach_catalogue_decision_and_quote(
    bank: TestBank,
) -> None:
    ye = await borrower(bank, person("ye_chunhua"))
    own = {"price.product_bp": 100, "parameters.cap_fen": 5_000_000, "asking.max_fen": 5_000_000}
    await change(bank, "override", "tea", own, TOMORROW)
    bank.clock.advance(timedelta(days=1))
    ask = AskDraw(amount_fen=2_000_000, term_months=12, method="interest_first")
    for partner, most_fen, rate_to_ppm in (("lyg", 5_000_000, 62_000), ("haian", 20_000_000, 56_000)):
        client = bank.client(partner)
        shown, example = await client.products.get("tea"), await client.drawdowns.work_out("tea", ask)
        assert (shown.max_fen, shown.rate_to_ppm) == (most_fen, rate_to_ppm)
        assert example.rate_ppm == rate_to_ppm
    asked = {"product_code": "tea", "purpose": "fresh_leaf", "method": "interest_first"}
    contract = await ye.contract(**asked)
    # By her income it would be 90,000 yuan, by the province's margin 5.00 %.
    assert (contract.limit_fen, contract.rate_ppm) == (5_000_000, 56_000)
    decided = (await ye.client.applications.get(contract.application_id)).decision
    assert decided is not None
    assert [bound.code for bound in decided.bounds if bound.binds] == ["cap"]
    line_id = (await ye.sign(contract)).result["line_id"]
    assert (await ye.client.drawdowns.quote(line_id, ask)).rate_ppm == 56_000
    await bank.prove()


async def test_a_case_is_decided_by_the_product_as_it_was_when_it_began(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    # The bureau does not answer yet: the product changes while the application waits.
    bank.wires.faults["data_sources"].add(Fault(kind="down", times=None))
    order = await li.apply()
    frozen = digest(await product(bank, "hzw", TODAY))
    document = await new_document(bank, name={"zh": "新", "en": "New"})
    document["parameters"]["reviewers_min"] = 6
    await change(bank, "product", CODE, document, TOMORROW, layer="province")
    bank.clock.advance(timedelta(days=1))
    assert digest(await product(bank, "hzw", TOMORROW)) != frozen
    bank.wires.faults["data_sources"].clear()
    await bank.work()
    decided = (await bank.client().applications.get(order.result["application_id"])).decision
    assert decided is not None
    assert decided.outcome == "approved"
    row = (await bank.store.read(lambda conn: conn.execute(select(decision)).all()))[0]
    assert (row.product_version, row.product_sha256) == (5, frozen)


async def test_two_persons_change_from_tomorrow_on_and_only_what_is_sound(bank: TestBank) -> None:
    def own(content: dict[str, Any], on: date = TOMORROW, kind: ChangeKind = "override") -> ProposeChange:
        return ProposeChange(kind=kind, name=CODE, content=content, effective_on=on, reason="market")

    await refused(bank, "change.day_past", own(DEARER, TODAY))
    await refused(bank, "change.invalid", own({"parameters.cap_fen": 50_000_001}))
    await refused(bank, "change.invalid", own({"rules": []}))
    found = await refused(bank, "change.invalid", own({"parameters.cap_fen": 40_000_000}))
    assert [(each.field, "has no effect" in str(each.params["why"])) for each in found.errors] == [
        ("parameters.cap_fen", True)
    ]
    await refused(bank, "change.no_difference", own({"price.product_bp": 60}))
    same_version = await new_document(bank, version=5, name={"zh": "新", "en": "New"})
    await refused(bank, "change.version_taken", own(same_version, kind="product"), "province")
    declines_all = await new_document(bank)
    declines_all["rules"][0]["when"] = "identity.age >= 0"
    found = await refused(bank, "change.invalid", own(declines_all, kind="product"), "province")
    assert "sample: is declined for A01" in found.detail
    misspelt = await new_document(bank)
    misspelt["asking"]["requirements"][0]["zh"] = "$age_minn"
    found = await refused(bank, "change.invalid", own(misspelt, kind="product"), "province")
    assert found.errors[0].field == "asking.requirements.0"

    maker, checker = bank.changes(), bank.changes(who="checker")
    yes, no = DecideChange(approve=True, reason="seen"), DecideChange(approve=False, reason="too dear")
    proposed = await maker.propose(own(DEARER), new_intent())
    assert proposed.state == "proposed"
    assert (await product(bank, "hzw", TOMORROW)).price.product_bp == 60
    await _refuses(maker.decide(proposed.number, yes, new_intent()), "change.own")
    assert (await checker.decide(proposed.number, no, new_intent())).state == "refused"
    await _refuses(checker.decide(proposed.number, yes, new_intent()), "change.decided")
    late = await maker.propose(own(DEARER), new_intent())
    bank.clock.advance(timedelta(days=1))
    await _refuses(checker.decide(late.number, yes, new_intent()), "change.day_past")
    assert (await product(bank, "hzw", TOMORROW)).price.product_bp == 60
    assert [each.state for each in await checker.all()] == ["proposed", "refused"]
    await _refuses(bank.changes("parameter").get(late.number), "change.unknown")


async def _refuses(call: Any, code: str) -> None:
    with pytest.raises(Problem) as found:
        await call
    assert found.value.code == code


async def test_a_product_is_not_offered_before_its_first_day(bank: TestBank) -> None:
    await _refuses(product(bank, "hzw", date(2025, 12, 31)), "product.unknown")


async def test_a_decision_names_rules_facts_and_the_very_document(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    await li.decided()
    row = (await bank.store.read(lambda conn: conn.execute(select(decision)).all()))[0]
    made_by = await product(bank, "hzw", TODAY)
    assert (row.number, row.product_version, row.product_sha256) == (1, 5, digest(made_by))
    assert len(row.facts_sha256) == 64
    looked_at = {(rule["code"], rule["result"]) for rule in row.trace["rules"]}
    assert {("P02", "ok"), ("V04", "ok"), ("L01", "ok")} <= looked_at
    assert len(row.trace["rules"]) == len(made_by.all_rules)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"customers": ["company"]}, "product.for_company"),
        ({"guarantee": "mortgage"}, "product.at_counter"),
        ({"channels": ["haian"]}, "product.not_here"),
    ],
)
async def test_what_is_not_taken_here_is_refused(bank: TestBank, parts: dict[str, Any], code: str) -> None:
    li = await borrower(bank, LI)
    await change(bank, "product", CODE, await new_document(bank, **parts), TOMORROW, layer="province")
    bank.clock.advance(timedelta(days=1))
    shown = await li.client.products.get(CODE)
    assert not shown.is_taken_at("lyg")
    listed = {each.code for each in await li.client.products.all()}
    assert (CODE in listed) == ("channels" not in parts)
    with pytest.raises(Problem) as refused:
        await li.apply()
    assert (refused.value.status, refused.value.code) == (409, code)
