"""From the list to an open line, as each persona goes it."""

import hashlib
from datetime import date, timedelta

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import WouldApprove
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, WANG, TestBank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import TAX_LOAN, YUAN, borrower, tax_borrower
from tests.support.people.borrowers import Borrower as LineBorrower

pytestmark = pytest.mark.anyio


async def test_a_listed_farmer_sees_her_offer_at_once(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    assert (await li.client.customers.overview(li.customer_id)).pre_credit is None
    order = await li.check_list()
    assert order.state == "succeeded"
    offer = await li.client.pre_credit.get(li.customer_id)
    assert (offer.state, offer.limit_fen, offer.rate_ppm) == ("offered", 80_000 * YUAN, 52_000)
    assert (offer.sample_amount_fen, offer.sample_months) == (10_000 * YUAN, 12)
    assert offer.sample_monthly_fen == 85_699
    assert offer.valid_until == date(2026, 11, 24) - timedelta(days=60) + timedelta(days=365)
    assert (await li.client.customers.overview(li.customer_id)).pre_credit == offer


@pytest.mark.parametrize(("key", "partner"), [("sun_li", "lyg"), ("zhou_guohua", "haian")])
async def test_who_is_not_listed_or_too_old_is_offered_nothing(
    bank: TestBank, key: str, partner: str
) -> None:
    one = await borrower(bank, person(key), partner)
    assert (await one.check_list()).state == "succeeded"
    assert (await one.client.pre_credit.get(one.customer_id)).state == "none"


async def test_an_offer_ends_with_the_list_s_validity(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    await li.check_list()
    bank.clock.advance(timedelta(days=306))
    assert (await li.client.pre_credit.get(li.customer_id)).state == "none"


async def test_a_farmer_gets_a_line_by_signing_what_she_read(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank, LI)
    application = await li.decided()
    assert application.state == "contract_ready"
    assert application.decision is not None
    assert (application.decision.outcome, application.decision.limit_fen) == ("approved", 80_000 * YUAN)
    assert [step.name for step in application.timeline if step.at is None] == ["signed"]

    contract = await li.client.contracts.get(str(application.contract_id))
    assert (contract.number, contract.state) == ("2026-0001", "ready")
    assert (contract.starts_on, contract.ends_on) == (date(2026, 11, 24), date(2029, 11, 24))
    samples = contract.cost_table.sample_methods
    assert {each.method: each.annual_rate_ppm for each in samples} == {
        "level_payment": 52_000,
        "interest_first": 52_700,
        "on_demand": 52_700,
    }
    assert contract.cost_table.annual_rate_ppm == 52_700
    assert contract.cost_table.default_rows[0].charge["zh"].count("7.80%") == 1
    unsigned = await li.client.contracts.document(contract.contract_id)
    assert hashlib.sha256(unsigned).hexdigest() == contract.document_sha256
    todo = (await li.client.customers.overview(li.customer_id)).todo
    assert [(one.kind, one.ref) for one in todo] == [("sign_contract", contract.contract_id)]

    order = await li.sign(contract)
    assert order.state == "succeeded"
    line = await li.client.lines.get(order.result["line_id"])
    assert (line.state, line.available_fen, line.contract_number) == ("open", 80_000 * YUAN, "2026-0001")
    signed = await li.client.contracts.get(contract.contract_id)
    assert (signed.state, signed.line_id) == ("signed", line.line_id)
    assert signed.document_sha256 != contract.document_sha256
    assert signed.certificate is not None
    assert (await li.client.contracts.document(contract.contract_id)).endswith(b"signed")
    overview = await li.client.customers.overview(li.customer_id)
    assert [one.kind for one in overview.todo] == ["draw_available"]
    assert [(one.state, one.line_id) for one in overview.applications] == [("signed", line.line_id)]
    await bank.work()
    kinds = {message.kind for message in await bank.messages(LI)}
    assert kinds == {"line_opened", "application_approved", "account_opened"}
    await bank.prove()


async def test_no_more_is_offered_than_can_be_signed_where_the_customer_applied(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank, LI)
    with pytest.raises(Problem) as refused:
        await li.apply(amount_fen=60_000 * YUAN, at_most_fen=50_000 * YUAN)
    assert refused.value.errors[0].code == "amount.too_large"
    application = await li.decided(amount_fen=50_000 * YUAN, at_most_fen=50_000 * YUAN)
    assert application.decision is not None
    assert (application.decision.limit_fen, application.at_most_fen) == (50_000 * YUAN, 50_000 * YUAN)
    contract = await li.client.contracts.get(str(application.contract_id))
    assert contract.limit_fen == 50_000 * YUAN
    await bank.prove()


async def test_a_trader_at_another_bank_has_that_bank_s_own_numbers_and_price(
    bank: TestBank, esign: ESignStandIn
) -> None:
    await (await borrower(bank, LI)).contract()
    wang = await borrower(bank, WANG, "haian")
    contract = await wang.contract()
    assert (contract.number, contract.limit_fen, contract.rate_ppm) == ("2026-0001", 150_000 * YUAN, 47_000)
    assert contract.cost_table.rows[0].receiver["zh"] == "海安滨河农村商业银行"
    (command,) = [one for one in esign.commands.values() if one.signer.name == "王强"]
    assert command.bank.name == "海安滨河农村商业银行"
    assert command.fields.purpose == "买种子、化肥、饲料等农资"


async def test_seven_late_months_decline_with_reason_and_a_better_date(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    application = await zhao.decided()
    assert application.state == "declined"
    assert application.decision is not None
    (reason,) = application.decision.reasons
    assert (reason.code, reason.params["found"], reason.source) == ("P02", 7, "credit_bureau")
    assert application.decision.better_from == date(2027, 3, 1)
    assert application.decision.decided_by == "machine"
    assert application.contract_id is None
    assert "application_declined" in {message.kind for message in await bank.messages(zhao.who)}


async def test_an_open_case_of_weight_goes_to_a_person(bank: TestBank) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    application = await chen.decided()
    assert application.state == "referred"
    assert application.decision is not None
    assert [reason.code for reason in application.decision.reasons] == ["J03"]
    with pytest.raises(Problem) as refused:
        await chen.apply()
    assert refused.value.code == "application.already_open"


@pytest.mark.parametrize(
    ("key", "partner", "outcome", "reasons"),
    [
        ("gao_ming", "lyg", "approved", []),
        ("wang_qiang", "haian", "approved", []),
        ("chen_jianguo", "lyg", "referred", ["J03"]),
        ("qian_lan", "lyg", "declined", ["T04"]),
        # Without a business there is nothing to decide on: a person looks.
        ("li_xiuying", "lyg", "referred", ["D01"]),
    ],
)
async def test_a_tax_product_is_decided_by_what_its_sources_state(
    bank: TestBank, key: str, partner: str, outcome: str, reasons: list[str]
) -> None:
    one = await tax_borrower(bank, person(key), partner)
    application = await one.decided(**TAX_LOAN)
    assert application.decision is not None
    found = sorted({reason.code for reason in application.decision.reasons})
    assert (application.decision.outcome, found) == (outcome, reasons)
    if key == "qian_lan":
        # Declined before the sources that leave a record were asked: the change rests on those that were.
        assert application.decision.would_approve == WouldApprove(
            code="tax.arrears", source="tax", not_asked=["courts", "credit_bureau"]
        )
    if key == "gao_ming":
        # 10 % of the revenue and 10 × the tax of a mean year differ by less than the seasons' swing.
        assert 70_000 * YUAN <= (application.decision.limit_fen or 0) <= 120_000 * YUAN
    await bank.prove()


async def test_a_taxpayer_draws_under_the_signed_line_and_settles(
    bank: TestBank, esign: ESignStandIn
) -> None:
    gao = await tax_borrower(bank, person("gao_ming"))
    overview = await gao.client.customers.overview(gao.customer_id)
    assert overview.account is not None
    line_id = await gao.line_id(**TAX_LOAN)
    customer = LineBorrower(bank, gao.who, gao.customer_id, overview.account.account_id, line_id)
    loan_id = await customer.drawn(20_000 * YUAN)
    assert (await customer.repay(loan_id, "full")).state == "succeeded"
    assert (await customer.loan(loan_id)).state == "settled"
    line = await customer.line()
    assert (line.product_code, line.available_fen) == ("tax_micro", line.limit_fen)
    await bank.prove()


async def test_the_products_of_a_bank_are_listed_with_their_consents(bank: TestBank) -> None:
    products = await bank.client().products.all()
    assert [product.code for product in products] == ["sunshine_e_micro", "tax_micro", "tea"]
    known = await bank.client().consents.texts(products[0].consents)
    assert [text.purpose for text in known] == products[0].consents


async def test_the_contract_is_read_as_text_with_masked_numbers(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank, LI)
    contract = await li.client.contracts.get(str((await li.decided()).contract_id))
    text = await li.client.contracts.text(contract.contract_id)
    said = "".join(part for block in text.blocks for part in block.texts)
    assert "1.1　贷款人在额度期间内" in said
    assert "3207**********0246" in said
    assert "199****0001" in said
    for hidden in (li.who.id_number, li.who.phone):
        assert hidden not in said
    with pytest.raises(Problem) as refused:
        await bank.client("haian").contracts.text(contract.contract_id)
    assert refused.value.status == 404
