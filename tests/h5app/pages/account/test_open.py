"""Opening an account and topping it up: each mistake stands beside its field, and everything typed stays."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from partner_adapters.core_bank.accounts import CardBin
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.check_digits import luhn_check
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.opening import CARD, PARTICULARS, PURPOSES, TICKED, fill_in, opening_core, order

pytestmark = pytest.mark.anyio
BANK = {"zh": "中国银行", "en": "Bank of China"}


async def _at_card(pages: Site) -> Visitor:
    opening_core(pages.core)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/account/open/particulars"), **PARTICULARS)
    assert answer.headers["location"] == "/lyg/account/open/card"
    return visitor


async def _send_card(visitor: Visitor, **typed: str) -> httpx.Response:
    page = await visitor.get("/account/open/card")
    return await visitor.send(page, **{"card_number": CARD, "card_phone": "19900000001"} | typed)


async def _photograph(visitor: Visitor) -> httpx.Response:
    await visitor.send(await visitor.get("/account/open/document"))
    return await visitor.get("/account/open/confirm")


async def test_three_screens_open_an_account(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    assert "中国银行" in confirm.text
    assert CARD not in confirm.text
    done = await visitor.send(confirm, **TICKED)
    assert done.headers["location"].startswith("/lyg/orders/")
    sent = pages.core.sent("/customers/cu-1/accounts")[0]
    assert sent.body["card_number"] == CARD
    assert sent.body["particulars"]["address"] == PARTICULARS["address"]
    assert sent.body["particulars"]["document_expires_on"] == "2035-08-31"
    assert sent.body["consent_ids"] == ["cs-account_terms", "cs-face_processing", "cs-share_with_bank"]
    given = pages.core.sent("/customers/cu-1/consents")[0]
    assert [consent["purpose"] for consent in given.body["consents"]] == list(TICKED)
    assert given.intent != sent.intent


async def test_one_screen_asks_for_particulars_and_card_and_each_mistake_stands_there(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/account/open/particulars")
    assert "第 1 步，共 3 步" in page.text
    assert "按公民身份号码：女，国籍中国，证件是居民身份证。" in page.text
    typed = PARTICULARS | {"card_number": CARD, "card_phone": "19900000001"}
    wrong = await visitor.send(page, **typed | {"address": "村里", "card_phone": "199"})
    assert wrong.status_code == 422
    assert 'id="address-error"' in wrong.text
    assert 'id="card_phone-error"' in wrong.text
    assert f'value="{CARD}"' in wrong.text
    right = await visitor.send(wrong, **typed)
    assert right.headers["location"] == "/lyg/account/open/document"
    assert "第 2 步，共 3 步" in (await visitor.get("/account/open/document")).text
    confirm = await _photograph(visitor)
    assert "第 3 步，共 3 步" in confirm.text
    assert "中国银行" in confirm.text
    # Back shows all that was typed; the card alone can be changed on its own screen.
    assert f'value="{CARD}"' in (await visitor.get("/account/open/particulars")).text
    changed = await _send_card(visitor, card_phone="19900000002")
    assert changed.headers["location"] == "/lyg/account/open/confirm"
    assert "199****0002" in (await visitor.get("/account/open/confirm")).text


async def test_an_opening_whose_outcome_is_unknown_is_called_by_its_name(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    pages.core.says("POST", "/customers/cu-1/accounts", Problem(503, "gateway"))
    answer = await visitor.send(await fill_in(visitor), **TICKED)
    pages.core.says(
        "GET", httpx.URL(answer.headers["location"]).path.removeprefix("/lyg"), Problem(404, "order.unknown")
    )
    assert "银行正在为您开户" in (await visitor.http.get(answer.headers["location"])).text
    pages.clock.advance(timedelta(minutes=1))
    nothing = await visitor.http.get(answer.headers["location"])
    assert "银行没有收到您的“开通电子账户”" in nothing.text


async def test_what_the_partner_vouched_for_cannot_be_typed_over(pages: Site) -> None:
    opening_core(pages.core)
    page = await (await pages.client()).get("/account/open/particulars")
    for known in ("李*英", "3207**********1234", "138****8000"):
        assert known in page.text
        assert f'value="{known}"' not in page.text


async def test_a_later_screen_waits_for_the_earlier_ones(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    for step in ("card", "confirm"):
        skipped = await visitor.get(f"/account/open/{step}")
        assert skipped.headers["location"] == "/lyg/account/open/particulars"
    assert (await visitor.get("/account/open/elsewhere")).status_code == 404


async def test_who_has_an_account_opens_no_second_one(pages: Site) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    answer = await (await pages.client()).get("/account/open/particulars")
    assert answer.headers["location"] == "/lyg/account"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"occupation": ""}, "请选一项"),
        ({"occupation": "king"}, "请选一项"),
        ({"address": "村里"}, "至少 5 个字"),
        ({"address": ""}, "这一项要填写"),
        ({"expires": ""}, "这一项要填写"),
        ({"expires": "下个月"}, "日期请写成"),
        ({"expires": "2035-13-40"}, "日期请写成"),
        ({"expires": "2020-01-01"}, "这个日期已经过去"),
        ({"expires": "2026-11-23"}, "这个日期已经过去"),
        ({"expires": "2030-08-31"}, "您这个年龄的身份证，不会到这一天"),
        ({"expires": "2099-01-01", "long_term": ""}, "满 46 岁以后办的身份证才是长期的"),
        ({"expires": "长期"}, "满 46 岁以后办的身份证才是长期的"),
        ({"long_term": "yes"}, "请留一个"),
        ({"expires": "2035111"}, "您是指2035年1月11日，还是2035年11月1日？"),
        ({"tax": ""}, "只是中国税收居民的"),
    ],
)
async def test_a_mistake_in_the_particulars_is_said_beside_its_field(
    pages: Site, typed: dict[str, str], words: str
) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/account/open/particulars"), **PARTICULARS | typed)
    assert page.status_code == 422
    field = "expires" if "long_term" in typed else next(iter(typed))
    error = page.text.split(f'id="{field}-error">')[1] if f'id="{field}-error">' in page.text else page.text
    assert words in error
    assert f'href="#{field}"' in page.text
    for name, value in (PARTICULARS | typed).items():
        if name in ("address", "expires") and value:
            assert f'value="{value}"' in page.text


@pytest.mark.parametrize(
    "typed", ["2035年8月31日", "２０３５－０８－３１", "20350831", "2015.08.31-2035.08.31"]
)
async def test_dates_are_read_the_way_people_write_them(pages: Site, typed: str) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    answer = await visitor.send(
        await visitor.get("/account/open/particulars"), **PARTICULARS | {"expires": typed}
    )
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(
    "how",
    [
        {"expires": "", "long_term": "yes"},
        {"expires": "长期"},
        {"expires": "2015.08.31-长期"},
        {"expires": "长期", "long_term": "yes"},
    ],
)
async def test_a_long_term_document_has_no_date(pages: Site, how: dict[str, str]) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    overview = samples.overview(account=None, card_validity=samples.card_validity(long_term=True))
    pages.core.says("GET", "/customers/cu-1/overview", overview)
    typed = PARTICULARS | how
    assert (await visitor.send(await visitor.get("/account/open/particulars"), **typed)).status_code == 303
    await _send_card(visitor)
    await visitor.send(await _photograph(visitor), **TICKED)
    body = pages.core.sent("/customers/cu-1/accounts")[0].body
    assert body["particulars"]["document_expires_on"] is None


WRONG = CARD[:-1] + str((int(CARD[-1]) + 1) % 10)
SHORT = CARD[:15] + luhn_check(CARD[:15])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "这一项要填写"),
        ("6217 8561 0001 23", "应为 16 到 19 位，您输入了 14 位"),
        ("6217 8561 0001 234O 567", "银行卡号只有数字"),
        (SHORT, "这家银行的卡号是 19 位，您输入了 16 位"),
    ],
)
async def test_a_mistake_in_the_card_number_is_said_beside_it(pages: Site, number: str, words: str) -> None:
    visitor = await _at_card(pages)
    page = await _send_card(visitor, card_number=number)
    assert page.status_code == 422
    assert words in page.text.split('id="card_number-error">')[1]
    assert f'value="{number}"' in page.text
    assert 'value="19900000001"' in page.text


async def test_a_check_digit_that_does_not_fit_is_asked_about_once_and_then_taken(pages: Site) -> None:
    visitor = await _at_card(pages)
    asked = await _send_card(visitor, card_number=WRONG)
    assert asked.status_code == 422
    assert "请再核对一遍卡号" in asked.text.split('id="card_number-error">')[1]
    assert pages.core.sent("/customers/cu-1/card-questions") == []
    typed = {"card_number": f" {WRONG[:4]} {WRONG[4:]}", "card_phone": "19900000001"}
    corrected_wrongly = await visitor.send(asked, **typed | {"card_number": WRONG[::-1]})
    assert "请再核对一遍卡号" in corrected_wrongly.text
    taken = await visitor.send(asked, **typed)
    assert taken.headers["location"] == "/lyg/account/open/document"
    # It was read again once: going back and on asks neither the customer nor the card network a second time.
    again = await visitor.send(await visitor.get("/account/open/card"), **typed)
    assert again.headers["location"] == "/lyg/account/open/document"
    assert [sent.body["card_number"] for sent in pages.core.sent("/customers/cu-1/card-questions")] == [WRONG]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (invalid("card_number", "card.not_class_i"), "请用您在柜台办的实体卡"),
        (invalid("card_number", "card.mismatch"), "这张卡和您的姓名、身份证号对不上"),
        (invalid("card_number", "card.unknown"), "这张卡不能用"),
        (invalid("phone", "card.other_phone"), "这不是办这张卡时留的手机号"),
    ],
)
async def test_a_card_that_may_not_be_bound_is_found_where_it_is_typed(
    pages: Site, refusal: Problem, words: str
) -> None:
    visitor = await _at_card(pages)
    pages.core.says("POST", "/customers/cu-1/card-questions", refusal)
    page = await _send_card(visitor)
    assert page.status_code == 422
    field = "card_phone" if refusal.code == "card.other_phone" else "card_number"
    assert words in page.text.split(f'id="{field}-error">')[1]
    assert f'value="{CARD}"' in page.text
    assert pages.core.sent("/customers/cu-1/consents") == []
    assert (await visitor.get("/account/open/confirm")).headers["location"] == "/lyg/account/open/card"


async def test_a_card_of_another_class_opens_class_three_if_the_customer_wants_that(pages: Site) -> None:
    figures = {"most": "2000.00", "day": "1000.00", "currency": "CNY"}
    visitor = await _at_card(pages)
    assert "III 类户" not in (await visitor.get("/account/open/card")).text
    pages.core.says(
        "POST", "/customers/cu-1/card-questions", invalid("card_number", "card.not_class_i", **figures)
    )
    page = await _send_card(visitor)
    assert page.status_code == 422
    assert "里面最多放 2,000 元，每天最多转出 1,000 元" in page.text
    chosen = await _send_card(visitor, class_three="yes")
    assert chosen.headers["location"] == "/lyg/account/open/document"
    # Going back and on keeps the choice, and without it the card is refused again.
    again = await _send_card(visitor, class_three="yes")
    assert again.headers["location"] == "/lyg/account/open/document"
    assert (await _send_card(visitor)).status_code == 422
    await visitor.send(await visitor.get("/account/open/document"))
    confirm = await visitor.get("/account/open/confirm")
    assert "三类电子账户（III 类户）" in confirm.text
    assert "里面最多放 2,000 元" in confirm.text
    await visitor.send(confirm, **TICKED)
    (sent,) = pages.core.sent("/customers/cu-1/accounts")
    assert sent.body["account_class"] == "III"


async def test_without_an_answer_about_the_card_the_customer_goes_on(pages: Site) -> None:
    visitor = await _at_card(pages)
    pages.core.says("POST", "/customers/cu-1/card-questions", Problem(503, "card_network.unavailable"))
    assert (await _send_card(visitor)).headers["location"] == "/lyg/account/open/document"


async def test_a_card_of_no_known_bank_is_said_beside_it(pages: Site) -> None:
    visitor = await _at_card(pages)
    unknown = "9" * 18
    page = await _send_card(visitor, card_number=unknown + luhn_check(unknown))
    assert page.status_code == 422
    assert "认不出这是哪家银行的卡" in page.text.split('id="card_number-error">')[1]


async def test_a_credit_card_is_not_bound(pages: Site) -> None:
    visitor = await _at_card(pages)
    credit = CardBin(bank_code="104", bank_name=BANK, kind="credit", number_length=19)
    pages.core.says("GET", f"/card-bins/{CARD[:10]}", credit)
    page = await _send_card(visitor)
    assert "请换一张您本人的储蓄卡" in page.text.split('id="card_number-error">')[1]


@pytest.mark.parametrize("phone", ["1990000000", "12345678901", "电话"])
async def test_a_mistake_in_the_phone_number_is_said_beside_it(pages: Site, phone: str) -> None:
    visitor = await _at_card(pages)
    page = await _send_card(visitor, card_phone=phone)
    assert page.status_code == 422
    assert "手机号应为 11 位" in page.text.split('id="card_phone-error">')[1]


async def test_full_width_digits_spaces_and_hyphens_are_accepted(pages: Site) -> None:
    visitor = await _at_card(pages)
    wide = " ".join(CARD[i : i + 4] for i in range(0, 19, 4)).translate(
        {ord(str(digit)): 0xFF10 + digit for digit in range(10)}
    )
    answer = await _send_card(visitor, card_number=wide, card_phone="+86 199-0000-0001")
    assert answer.headers["location"] == "/lyg/account/open/document"


async def test_without_every_consent_nothing_is_opened(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    assert " checked" not in confirm.text
    page = await visitor.send(confirm, account_terms="yes", share_with_bank="yes")
    assert page.status_code == 422
    assert 'id="face_processing-error"' in page.text
    assert page.text.count(" checked") == 2
    assert pages.core.sent("/customers/cu-1/consents") == []
    assert pages.core.sent("/customers/cu-1/accounts") == []


async def test_each_consent_that_is_missing_is_called_by_its_name(pages: Site) -> None:
    opening_core(pages.core)
    titles = {purpose: f"《{purpose}》" for purpose in PURPOSES}
    texts = [
        samples.consent_text("face_processing").model_copy(
            update={"purpose": purpose, "title": {"zh": title, "en": title}}
        )
        for purpose, title in titles.items()
    ]
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    visitor = await pages.client()
    page = await visitor.send(await fill_in(visitor))
    for purpose, title in titles.items():
        assert f'<a href="#{purpose}">{title}：' in page.text


async def test_what_another_tab_changed_is_not_opened_unseen(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    await _send_card(visitor, card_phone="19900000009")
    answer = await visitor.send(confirm, **TICKED)
    assert answer.status_code == 409
    assert pages.core.sent("/customers/cu-1/accounts") == []


async def test_what_was_agreed_to_on_arrival_is_not_asked_again(pages: Site) -> None:
    opening_core(pages.core)
    stands = samples.consent("share_with_bank", scope="app")
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[stands]))
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    assert 'name="share_with_bank"' not in confirm.text
    asked = {purpose: "yes" for purpose in TICKED if purpose != "share_with_bank"}
    # The bank stores the consents, and its answer to the opening is lost. All of them stand at the second tap.
    pages.core.says("POST", "/customers/cu-1/accounts", Problem(503, "unavailable"))
    assert (await visitor.send(confirm, **asked)).status_code == 303
    stored = [stands, *(samples.consent(p, scope="app") for p in ("face_processing",))]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=stored))
    pages.core.says("POST", "/customers/cu-1/accounts", order())
    assert (await visitor.send(confirm, **asked)).status_code == 303
    given = pages.core.sent("/customers/cu-1/consents")
    purposes = [[consent["purpose"] for consent in sent.body["consents"]] for sent in given]
    assert purposes == [["account_terms", "face_processing"], ["account_terms"]]
    assert given[0].intent != given[1].intent
    first, second = pages.core.sent("/customers/cu-1/accounts")
    assert (first.intent, first.body) == (second.intent, second.body)
    assert first.body["consent_ids"] == ["cs-account_terms", "cs-face_processing", "cs-share_with_bank"]


async def test_a_consent_text_that_changed_is_shown_anew(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    pages.core.says("POST", "/customers/cu-1/consents", Problem(409, "consent.text_changed"))
    page = await visitor.send(confirm, **TICKED)
    assert page.status_code == 422
    assert "刚刚更新了" in page.text
    assert " checked" not in page.text


async def test_a_card_the_bank_refuses_is_said_on_the_card_screen(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    pages.core.says("POST", "/customers/cu-1/accounts", Problem(422, "card.unknown_bank"))
    page = await visitor.send(confirm, **TICKED)
    assert page.status_code == 422
    assert "认不出这是哪家银行的卡" in page.text.split('id="card_number-error">')[1]
    assert 'action="/lyg/account/open/card"' in page.text


async def test_after_a_failed_check_of_the_card_everything_typed_is_still_there(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    await visitor.send(await fill_in(visitor), **TICKED)
    reason = {"code": "card.mismatch"}
    pages.core.says("GET", "/orders/in-1", order(state=OrderState.FAILED, reason=reason))
    failed = await visitor.get("/orders/in-1")
    assert 'href="/lyg/account/open/card"' in failed.text
    assert f'value="{CARD}"' in (await visitor.get("/account/open/card")).text


async def test_nothing_of_the_card_stays_here_once_the_account_is_open(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    pages.core.says("POST", "/customers/cu-1/accounts", order(state=OrderState.SUCCEEDED))
    await visitor.send(confirm, **TICKED)
    assert (await visitor.get("/account/open/card")).headers["location"].endswith("/particulars")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("100", "100.00"),
        ("１００", "100.00"),
        ("1,000.5", "1000.50"),
        ("12，345", "12345.00"),
        (" ¥ 1 000 元", "1000.00"),
        ("0.01", "0.01"),
        ("1万", "10000.00"),
        ("RMB100", "100.00"),
        ("100。50", "100.50"),
    ],
)
async def test_amounts_are_read_the_way_people_write_them(pages: Site, typed: str, amount: str) -> None:
    roomy = samples.account(top_up_min_fen=1, top_up_max_fen=2_000_000, top_up_unchecked_fen=2_000_000)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=roomy))
    pages.core.says("POST", "/accounts/ac-1/top-ups", order(kind="top_up"))
    visitor = await pages.client()
    await visitor.send(await visitor.get(f"/top-up?{urlencode({'amount': typed})}"))
    assert pages.core.sent("/accounts/ac-1/top-ups")[0].body == {
        "amount": amount,
        "currency": "CNY",
        "evidence": None,
    }


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写金额"),
        ("若干", "金额请写成数字"),
        ("1万5", "您是指 15,000 元，还是 10,005 元？"),
        ("1.234", "金额最小到一分钱，请写到小数点后两位，例如 100.50"),
        ("-5", "金额请写成数字"),
        ("1e3", "金额请写成数字"),
        ("12,34", "金额请写成数字"),
        ("12，5", "金额请写成数字"),
        ("1000,", "金额请写成数字"),
        ("99999999999999", "金额请写成数字"),
    ],
)
async def test_a_mistake_in_the_amount_is_said_beside_it(pages: Site, typed: str, words: str) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    visitor = await pages.client()
    page = await visitor.get(f"/top-up?{urlencode({'amount': typed})}")
    assert page.status_code == 422
    assert words in page.text.split('id="amount-error">')[1]
    assert not typed or f'value="{typed}"' in page.text
    assert pages.core.sent("/accounts/ac-1/top-ups") == []


@pytest.mark.parametrize(
    ("code", "words"), [("amount.too_large", "最多 5,000 元"), ("amount.too_small", "最少 1 元")]
)
async def test_an_amount_the_bank_refuses_is_said_beside_it(pages: Site, code: str, words: Any) -> None:
    roomy = samples.account(top_up_max_fen=600_000, top_up_unchecked_fen=600_000)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=roomy))
    refusal = invalid("amount", code, min="1.00", max="5000.00")
    pages.core.says("POST", "/accounts/ac-1/top-ups", refusal)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/top-up?amount=6000"))
    assert page.status_code == 422
    assert words in page.text.split('id="amount-error">')[1]
    assert 'value="6000"' in page.text


async def test_the_last_screen_sent_again_after_the_opening_leads_to_its_order(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    pages.core.says("POST", "/customers/cu-1/accounts", order(state=OrderState.SUCCEEDED))
    first = await visitor.send(confirm, **TICKED)
    again = await visitor.send(confirm, **TICKED)
    assert again.status_code == 303
    assert again.headers["location"].partition("?")[0] == first.headers["location"].partition("?")[0]
    assert len(pages.core.sent("/customers/cu-1/accounts")) == 1


@pytest.mark.parametrize("code", ["document.expired", "document.not_as_issued", "document.not_long_term"])
async def test_a_document_that_the_bank_refuses_is_asked_for_again(pages: Site, code: str) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    refusal = invalid("particulars.document_expires_on", code)
    pages.core.says("POST", "/customers/cu-1/accounts", refusal)
    page = await visitor.send(await fill_in(visitor), **TICKED)
    assert page.status_code == 422
    assert 'id="expires-error"' in page.text
    corrected = await visitor.send(page, **PARTICULARS)
    assert corrected.headers["location"] == "/lyg/account/open/card"


async def test_the_last_day_of_a_document_counts(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/account/open/particulars")
    answer = await visitor.send(page, **PARTICULARS | {"expires": f"{samples.TODAY:%Y%m%d}"})
    assert answer.status_code == 303


async def test_an_opening_leads_on_to_the_product_that_the_customer_came_for(pages: Site) -> None:
    opening_core(pages.core)
    pages.core.says("GET", "/products/tax_micro", samples.product(code="tax_micro", consents=[]))
    pages.core.says("GET", "/customers/cu-1/eligibility/tax_micro", samples.eligibility())
    visitor = await pages.client()
    address = "/credit/tax_micro"
    for _ in range(2):
        page = (await visitor.get(address)).text
        address = html.unescape(re.findall(r'<a class="button" href="/lyg([^"]+)">开通电子账户', page)[0])
    assert address == "/account/open/particulars?product=tax_micro"
    card = {"card_number": CARD, "card_phone": "19900000001"}
    await visitor.send(await visitor.get(address), **PARTICULARS, **card)
    sent = await visitor.send(await _photograph(visitor), **TICKED)
    (opened,) = pages.core.sent("/customers/cu-1/accounts")
    where = sent.headers["location"].removeprefix("/lyg")
    assert where == f"/orders/{opened.intent}?product=tax_micro"
    waiting = order(intent=opened.intent)
    pages.core.says("GET", f"/orders/{opened.intent}", waiting)
    assert f"/lyg/orders/{opened.intent}?product=tax_micro" in (await visitor.get(where)).text
    done = order(intent=opened.intent, state=OrderState.SUCCEEDED)
    pages.core.says("GET", f"/orders/{opened.intent}", done)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    button = '<a class="button" href="/lyg/credit/{}">接着办借款</a>'
    assert button.format("tax_micro") in (await visitor.get(where)).text
    # A product that the bank does not have: on to the customer's own offer.
    unknown = where.replace("tax_micro", "nothing")
    assert button.format("sunshine_e_micro") in (await visitor.get(unknown)).text
