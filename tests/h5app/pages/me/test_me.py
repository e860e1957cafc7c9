"""A person's own pages: consents withdrawn in two taps, what is held, how it is shown, whom to ask."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest

from h5app.page import TEXTS
from mock_partners.bank.core.kernel.consent_texts import Texts
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.customer_messages import CustomerMessageList
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import NOW, Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
CONSENT = "cs-credit_bureau_inquiry"
PURPOSES = Texts([]).purposes


async def test_a_consent_is_withdrawn_in_two_taps(pages: Site) -> None:
    everything(pages.core)
    withdrawn = samples.consent(withdrawn_at=samples.NOW)
    pages.core.says("GET", f"/customers/cu-1/consents/{CONSENT}", samples.consent_in_full())
    pages.core.says("DELETE", f"/customers/cu-1/consents/{CONSENT}", withdrawn)
    visitor = await pages.client()
    listed = (await visitor.get("/me/consents")).text
    assert f"/lyg/me/consents/{CONSENT}" in listed
    asked = await visitor.get(f"/me/consents/{CONSENT}")
    for said in ("银行不会把查到的内容用在别的地方", "银行不再查您的信用报告", "还款照常"):
        assert said in asked.text
    answer = await visitor.send(asked)
    assert answer.headers["location"] == "/lyg/me/consents?done=credit_bureau_inquiry"
    (sent,) = pages.core.sent(f"/customers/cu-1/consents/{CONSENT}")
    assert sent.method == "DELETE"


async def test_a_consent_of_nobody_is_not_found(pages: Site) -> None:
    everything(pages.core)
    assert (await (await pages.client()).get("/me/consents/cs-7")).status_code == 404


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_consent_says_what_stops_when_it_is_withdrawn(purpose: str, lang: str) -> None:
    ends_with_account = Texts([]).scope(purpose) == "account"
    says = TEXTS.say(lang, f"consent_stops.{purpose}", {})
    assert ends_with_account or says != TEXTS.say(lang, "consent_stops.unknown", {})


async def test_an_agreement_says_that_it_ends_with_the_account_and_has_no_button(pages: Site) -> None:
    everything(pages.core)
    address = "/customers/cu-1/consents/cs-account_terms"
    pages.core.says("GET", address, samples.consent_in_full("account_terms"))
    page = (await (await pages.client()).get("/me/consents/cs-account_terms")).text
    assert "和账户一起结束" in page
    assert 'href="/lyg/account/close"' in page
    assert "确认撤回" not in page


async def test_one_row_stands_for_every_attempt_to_give_the_same_consent(pages: Site) -> None:
    everything(pages.core)
    earlier = NOW - timedelta(days=3)
    given = [
        samples.consent(consent_id="cs-2"),
        samples.consent(consent_id="cs-1", given_at=earlier),
        samples.consent("courts_inquiry", consent_id="cs-4"),
        samples.consent("courts_inquiry", consent_id="cs-3", withdrawn_at=earlier),
    ]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    visitor = await pages.client()
    listed = (await visitor.get("/me/consents")).text
    assert re.findall(r"/lyg/me/consents/(cs-\d)", listed) == ["cs-2", "cs-4"]
    held = (await visitor.get("/me/data")).text
    assert held.count(samples.TITLES["credit_bureau_inquiry"][0]) == 1


async def test_a_consent_that_ended_with_its_application_is_not_among_those_in_use(pages: Site) -> None:
    ended = samples.consent(ended_at=samples.NOW)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[ended]))
    pages.core.says(
        "GET",
        f"/customers/cu-1/consents/{CONSENT}",
        samples.consent_in_full(ended_at=samples.NOW),
    )
    visitor = await pages.client()
    listed = (await visitor.get("/me/consents")).text
    assert "正在用的授权" in listed
    assert "已经结束的" in listed
    page = (await visitor.get(f"/me/consents/{CONSENT}")).text
    assert "再申请时，会再请您同意" in page
    assert "确认撤回" not in page


async def test_no_face_is_checked_after_its_consent_was_withdrawn(pages: Site) -> None:
    everything(pages.core)
    gone = samples.consent("face_processing", withdrawn_at=samples.NOW)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[gone]))
    text = samples.consent_text("face_processing")
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[text]))
    pages.core.says(
        "POST", "/customers/cu-1/consents", ConsentList(items=[samples.consent("face_processing")])
    )
    visitor = await pages.client()
    answer = await visitor.get("/face?next=/lyg/lines/ln-1/draw")
    address = "/me/consents/give/face_processing?next=%2Flyg%2Flines%2Fln-1%2Fdraw"
    assert answer.headers["location"] == f"/lyg{address}"
    given = await visitor.send(await visitor.get(address))
    assert given.headers["location"] == "/lyg/lines/ln-1/draw"
    (sent,) = pages.core.sent("/customers/cu-1/consents")
    assert sent.body["consents"] == [text.pinned()]


async def test_an_action_that_lacks_a_consent_asks_for_it_and_keeps_what_was_typed(pages: Site) -> None:
    everything(pages.core)
    missing = Problem(403, "consent.missing", params={"purpose": "share_with_bank"})
    pages.core.says("POST", "/accounts/ac-1/top-ups", missing)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"), another="yes")
    asked = httpx.URL(answer.headers["location"])
    assert asked.path == "/lyg/me/consents/give/share_with_bank"
    # A customer who goes back has agreed to nothing.
    form = await visitor.http.get(asked.params["next"])
    assert "您填写的内容都还在" in form.text
    assert "已经记下您的同意" not in form.text
    text, given = samples.consent_text("share_with_bank"), samples.consent("share_with_bank")
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[text]))
    pages.core.says("POST", "/customers/cu-1/consents", ConsentList(items=[given]))
    agreed = await visitor.send(await visitor.http.get(answer.headers["location"]))
    form = await visitor.http.get(agreed.headers["location"])
    assert "已经记下您的同意" in form.text
    assert 'value="100"' in form.text


async def test_a_drawing_after_the_face_consent_was_withdrawn_goes_on_with_card_and_code(pages: Site) -> None:
    everything(pages.core)
    missing = Problem(403, "consent.missing", params={"purpose": "face_processing"})
    pages.core.says("POST", "/lines/ln-1/drawdowns", missing)
    text = samples.consent_text("face_processing")
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[text]))
    visitor = await pages.client()
    quote = await visitor.get("/lines/ln-1/draw?amount=20000&term=12&method=level_payment")
    answer = await visitor.send(quote, another="yes")
    consent = await visitor.http.get(answer.headers["location"])
    (without_face,) = re.findall(r'href="([^"]*)">不刷脸，用银行卡和短信验证', consent.text)
    card = await visitor.http.get(html.unescape(without_face))
    assert card.status_code == 200
    assert "用银行卡和短信验证" in card.text


async def test_size_and_language_last_for_this_session_and_the_next(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/me/display")
    assert (await visitor.send(page, text_size="largest", lang="en")).status_code == 303
    later = await pages.client()
    for who in (visitor, later):
        shown = (await who.get("/credit")).text
        assert '<html lang="en" class="largest">' in shown
        assert "Loan products" in shown


async def test_a_size_that_does_not_exist_is_refused_beside_its_field(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/me/display"), text_size="huge", lang="zh")
    assert page.status_code == 422
    assert "请选一项" in page.text


async def test_what_the_bank_holds_is_shown_masked(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/me/data")).text
    for said in ("李*英", "3207**********1234", "138****8000", "中国银行（1234）", "查询征信授权书"):
        assert said in page


async def test_messages_lead_to_what_they_are_about(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/me/messages")).text
    for place in ("contracts/ct-1", "loans/lo-1/repay", "orders/in-1", "applications/ap-0"):
        assert f"/lyg/{place}" in page


async def test_help_is_there_for_people_who_cannot_log_in(pages: Site) -> None:
    transport = httpx.ASGITransport(pages.app)
    async with httpx.AsyncClient(transport=transport, base_url=pages.base_url) as http:
        page = await http.get("/lyg/me/help")
    assert page.status_code == 200
    assert "tel:0518-85501234" in page.text
    assert "不刷脸、不上网也能办" in page.text


async def test_reminders_of_payments_stand_among_the_messages(pages: Site) -> None:
    everything(pages.core)
    covered = samples.reminder(missing_fen=0, due_on=samples.TODAY)
    kept = CustomerMessageList(items=[samples.reminder(), covered])
    pages.core.says("GET", "/customers/cu-1/messages", kept)
    page = (await (await pages.client()).get("/me/messages")).text
    assert "2026年12月21日" in page
    assert "当时账户里还差 1,000 元" in page
    assert "当时账户里的钱够" in page
    assert "没有办成的" not in page


async def test_the_amount_beside_a_signed_application_is_named_as_what_was_asked_for(pages: Site) -> None:
    everything(pages.core)
    signed = samples.application(state="signed", line_id="ln-1", amount_fen=20_000_000)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[signed]))
    page = (await (await pages.client()).get("/me/messages")).text
    assert '<span class="amount">¥200,000.00<small>想借</small></span>' in page
