"""The check without a face: two screens, then back to the same form, whose button finishes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from h5app.pages.card_check.card import MAX_CHECKS
from h5app.sessions import OPEN_FOR
from partner_adapters.core_bank.card_checks import CardCheck
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.identity.errors import Code, IdentityDeclined
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.entrance import Entrance, Phone, location
from tests.support.pages import samples
from tests.support.pages.opening import CARD, TICKED, fill_in, opening_door, order, typed_long_ago

pytestmark = pytest.mark.anyio
ACCOUNTS, CHECKS = "/customers/cu-1/accounts", "/customers/cu-1/card-checks"
WORD = "the.banks.own.word.for.this.action"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with opening_door(tmp_path) as opened:
        yield opened


def check(door: Entrance, **changes: Any) -> CardCheck:
    return samples.card_check(door.clock.wall(), **changes)


def scripted(door: Entrance, phone_page: str, **changes: Any) -> str:
    """Let the bank know the check that this address of the code's screen names."""
    check_id = httpx.URL(phone_page).params["check"]
    made = check(door, check_id=check_id, **changes)
    door.core.says("GET", f"{CHECKS}/{check_id}", made)
    confirmed = check(
        door, check_id=check_id, state="confirmed", confirmed_at=door.clock.wall(), statement=WORD
    )
    door.core.says("POST", f"{CHECKS}/{check_id}/confirm", confirmed)
    return check_id


async def chosen(door: Entrance) -> tuple[Phone, httpx.Response]:
    """Answer every screen, choose the check without a face on the last one, and return the card's screen."""
    phone, confirm = await typed_long_ago(door)
    assert "不刷脸，用银行卡和短信验证" in confirm.text
    answer = await phone.send(confirm, **TICKED, check_by="card")
    assert location(answer).startswith("/lyg/card-check?next=")
    return phone, await phone.open(answer.headers["location"])


async def code_screen(door: Entrance, **changes: Any) -> tuple[Phone, httpx.Response, str]:
    phone, card = await chosen(door)
    door.core.says("POST", CHECKS, check(door))
    sent = await phone.send(card, card_number=CARD, card_phone="19900000001")
    assert location(sent).startswith("/lyg/card-check/code?check=")
    check_id = scripted(door, sent.headers["location"], **changes)
    return phone, await phone.open(sent.headers["location"]), check_id


async def test_card_and_code_bring_back_the_filled_form_and_its_button_finishes(door: Entrance) -> None:
    phone, screen, check_id = await code_screen(door)
    assert "199****0001" in screen.text
    assert 'autocomplete="one-time-code"' in screen.text
    asked = door.core.sent(CHECKS)[0]
    assert asked.intent == check_id
    assert asked.body == {"action": "account_opening", "card_number": CARD, "phone": "19900000001"}
    back = await phone.send(screen, code="１２３ 456")
    assert door.core.sent(f"{CHECKS}/{check_id}/confirm")[0].body == {"code": "123456"}
    assert door.core.sent(ACCOUNTS) == []
    again = await phone.open(location(back))
    assert "银行卡和短信已验证" in again.text
    assert "不刷脸，用银行卡" not in again.text
    assert again.text.count(" checked") == 3
    done = await phone.send(again, **TICKED)
    assert location(done).startswith("/lyg/orders/")
    (opened,) = door.core.sent(ACCOUNTS)
    assert opened.body["evidence"] == {"statement": WORD, "holder_secret": ""}


async def test_a_second_tap_leads_to_the_order_though_the_word_is_used(door: Entrance) -> None:
    phone, screen, _ = await code_screen(door)
    form = await phone.open(location(await phone.send(screen, code="123456")))
    first, second = [location(await phone.send(form, **TICKED)) for _ in range(2)]
    assert first == second
    assert first.startswith("/lyg/orders/")
    assert len(door.core.sent(ACCOUNTS)) == 1


async def test_a_used_word_is_not_shown_for_a_second_thing(door: Entrance) -> None:
    phone, screen, _ = await code_screen(door)
    back = await phone.send(screen, code="123456")
    await phone.send(await phone.open(location(back)), **TICKED)
    door.core.says("POST", ACCOUNTS, order(intent="in-2"))
    door.clock.advance(OPEN_FOR + timedelta(seconds=1))  # what comes now is another wish
    second = await fill_in(phone)
    answer = await phone.send(second, **TICKED)
    assert location(answer).startswith("/lyg/face?next=")
    assert len(door.core.sent(ACCOUNTS)) == 1


async def test_the_word_for_one_action_serves_no_other(door: Entrance) -> None:
    phone, screen, _ = await code_screen(door)
    await phone.send(screen, code="123456")
    door.core.says("GET", "/customers/cu-1/overview", samples.busy_overview())
    door.core.says("GET", "/lines/ln-1", samples.line())
    door.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote())
    quote = await phone.open("/lines/ln-1/draw?amount=20000&term=12&method=level_payment")
    assert "要刷脸确认是您本人" in quote.text
    assert location(await phone.send(quote)).startswith("/lyg/face?next=")


async def test_the_card_that_is_about_to_be_bound_need_not_be_typed_again(door: Entrance) -> None:
    _, card = await chosen(door)
    assert f'value="{CARD}"' in card.text


async def test_who_has_an_account_is_told_which_card_and_types_it_in_full(door: Entrance) -> None:
    phone, card = await chosen(door)
    door.core.says("GET", "/customers/cu-1/overview", samples.overview())
    wrong = await phone.send(card, card_number=CARD, card_phone="19900000001")
    assert wrong.status_code == 422
    assert "请填您绑定的那张卡" in wrong.text
    assert door.core.sent(CHECKS) == []


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (invalid("code", "card_check.wrong_code", left=3), "验证码不对，请看最新的一条短信，还可以试 3 次"),
        (invalid("code", "card_check.code_expired"), "已经过了 5 分钟"),
    ],
)
async def test_a_code_that_does_not_do_is_told_beside_its_field(
    door: Entrance, refusal: Problem, said: str
) -> None:
    phone, screen, check_id = await code_screen(door)
    door.core.says("POST", f"{CHECKS}/{check_id}/confirm", refusal)
    wrong = await phone.send(screen, code="000000")
    assert wrong.status_code == 422
    assert said in wrong.text
    assert "000000" not in wrong.text
    assert door.core.sent(ACCOUNTS) == []


async def test_a_code_that_is_over_is_not_asked_for_but_another_is_offered(door: Entrance) -> None:
    past = door.clock.wall() - timedelta(minutes=1)
    _, screen, _ = await code_screen(door, code_ends_at=past, another_code_at=past)
    assert "已经过了 5 分钟" in screen.text
    assert 'name="code"' not in screen.text
    assert '<button class="button" type="submit" data-busy="正在发…">再发一个验证码' in screen.text


async def test_when_the_last_code_is_over_the_card_is_filled_in_anew(door: Entrance) -> None:
    past = door.clock.wall() - timedelta(minutes=1)
    _, screen, _ = await code_screen(door, code_ends_at=past, another_code_at=None, codes_left=0)
    assert 'name="code"' not in screen.text
    assert re.search('class="button" href="/lyg/card-check[^"]*">重新填写银行卡', screen.text)


async def test_a_code_given_in_time_may_be_given_again_whatever_the_hour(door: Entrance) -> None:
    past = door.clock.wall() - timedelta(minutes=1)
    _, screen, _ = await code_screen(door, state="confirmed", code_ends_at=past)
    assert 'name="code"' in screen.text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("card_check.too_many_tries", "验证码填错了 5 次"),
        ("card_check.other_card", "这不是您绑定的那张卡"),
        ("card.mismatch", "银行卡、姓名、身份证号或预留手机号对不上"),
    ],
)
async def test_a_check_that_failed_says_why_and_how_to_go_on(door: Entrance, code: str, said: str) -> None:
    _, screen, _ = await code_screen(door, state="failed", reason=OrderReason(code=code))
    assert said in screen.text
    assert "什么都没有办理" in screen.text
    assert "/lyg/card-check?next=" in screen.text


async def test_while_the_network_is_silent_the_page_asks_again_also_without_scripts(door: Entrance) -> None:
    _, screen, check_id = await code_screen(door, state="checking", code_ends_at=None, another_code_at=None)
    assert "正在核对银行卡" in screen.text
    assert f"check={check_id}" in screen.text


async def test_another_code_is_offered_when_its_time_has_come(door: Entrance) -> None:
    phone, early, check_id = await code_screen(door)
    assert "再发一个验证码</button>" not in early.text
    assert re.search(r'data-wait="6[01]"[^>]*>时间到了，再发', early.text)
    assert "银行的人也不会问" in early.text
    door.clock.advance(timedelta(seconds=61))
    page = await phone.open(f"{early.url.path}?{early.url.query.decode()}")
    assert "再发一个验证码</button>" in page.text
    door.core.says("POST", f"{CHECKS}/{check_id}/codes", check(door, check_id=check_id, codes_left=1))
    for _ in range(2):
        assert "/card-check/code?" in location(await phone.send(page, another="yes"))
    keys = {sent.intent for sent in door.core.sent(f"{CHECKS}/{check_id}/codes")}
    assert len(keys) == 1, "a second tap asks for the same code"


async def test_a_lost_answer_to_the_card_is_followed_by_its_key(door: Entrance) -> None:
    phone, card = await chosen(door)
    door.core.says("POST", CHECKS, lambda _body: Problem(500, "internal"))
    lost = await phone.send(card, card_number=CARD, card_phone="19900000001")
    begun = location(lost)
    assert begun.startswith("/lyg/card-check/code?check=")
    check_id = httpx.URL(begun).params["check"]
    door.core.says("GET", f"{CHECKS}/{check_id}", Problem(404, "card_check.unknown"))
    never_seen = await phone.open(begun)
    assert location(never_seen).startswith("/lyg/card-check?next=")


async def test_a_lost_answer_to_the_code_asks_for_the_same_code_again(door: Entrance) -> None:
    phone, screen, check_id = await code_screen(door)
    door.core.says("POST", f"{CHECKS}/{check_id}/confirm", lambda _body: Problem(500, "internal"))
    unsure = await phone.send(screen, code="123456")
    assert "请再填一次这个验证码" in unsure.text


async def test_checks_of_one_card_in_one_session_end_at_a_bound_of_our_own(door: Entrance) -> None:
    phone, card = await chosen(door)
    door.core.says("POST", CHECKS, check(door))
    for _attempt in range(MAX_CHECKS):
        screen = location(await phone.send(card, card_number=CARD, card_phone="19900000001"))
        late = door.clock.wall() - timedelta(minutes=1)
        scripted(door, screen, code_ends_at=late)
    started = len(door.core.sent(CHECKS))
    full = await phone.send(card, card_number=CARD, card_phone="19900000001")
    assert full.status_code == 429
    assert "24 小时里最多这样验证 5 次" in full.text
    assert (started, len(door.core.sent(CHECKS))) == (MAX_CHECKS, MAX_CHECKS)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("card_check.too_many", "24 小时里最多这样验证 5 次"),
        ("limit.reached", "24 小时里最多核对 10 次银行卡"),
    ],
)
async def test_too_many_checks_are_told_with_the_other_ways_and_a_time(
    door: Entrance, code: str, said: str
) -> None:
    phone, card = await chosen(door)
    params: dict[str, str | int] = {"limit": "card_questions", "until": "2026-12-24T02:40:00+00:00"}
    door.core.says("POST", CHECKS, Problem(429, code, params=params))
    full = await phone.send(card, card_number=CARD, card_phone="19900000001")
    assert full.status_code == 429
    assert said in full.text
    assert "2026年12月24日 10:40 以后可以再这样验证" in full.text
    door.core.says("POST", CHECKS, Problem(429, code, params=params | {"until": "soon"}))
    assert (
        "以后可以再这样验证" not in (await phone.send(card, card_number=CARD, card_phone="19900000001")).text
    )
    assert "网点" in full.text


async def quoted(door: Entrance, amount_fen: int) -> tuple[Phone, httpx.Response]:
    """Return a customer whose check has expired, and the quote of a drawdown."""
    phone = door.phone()
    await phone.log_in()
    door.clock.advance(timedelta(minutes=6))
    door.core.says("GET", "/customers/cu-1/overview", samples.busy_overview())
    door.core.says("GET", "/lines/ln-1", samples.line())
    door.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote(amount_fen=amount_fen))
    path = f"/lines/ln-1/draw?amount={amount_fen // 100}&term=12&method=level_payment"
    return phone, await phone.open(path)


async def test_what_is_beyond_the_limit_says_so_before_anything_is_typed(door: Entrance) -> None:
    phone, quote = await quoted(door, 6_000_000)
    assert "不刷脸，一次最多可以办 50,000 元" in quote.text
    assert "不刷脸，用银行卡" not in quote.text
    answer = await phone.send(quote, check_by="card")
    page = await phone.open(location(answer))
    assert "这一笔超过了" in page.text
    assert "刷脸确认" in page.text


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
async def test_after_a_face_check_that_did_not_come_about_there_is_a_way_on(
    door: Entrance, outcome: str
) -> None:
    phone, confirm = await typed_long_ago(door)
    answer = await phone.send(confirm, **TICKED)
    sent = await phone.open(answer.headers["location"])
    failed = await phone.pass_face(sent.headers["location"], outcome)
    assert "不刷脸，用银行卡和短信验证" in failed.text
    back = httpx.URL(location(answer)).params["next"]
    waiting = await phone.open(back)
    assert "刷脸已通过" not in waiting.text
    without = await phone.open(str(httpx.URL("/lyg/card-check", params={"next": back})))
    assert "用银行卡和短信验证" in without.text


async def test_where_the_partner_has_no_face_check_the_way_without_is_taken_at_once(
    door: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, confirm = await typed_long_ago(door)
    answer = await phone.send(confirm, **TICKED)

    async def none(_attempt: object) -> None:
        raise IdentityDeclined(Code.NO_FACE_CHECK)

    monkeypatch.setattr(door.services.partners["lyg"].identity, "start", none)
    assert location(await phone.open(location(answer))).startswith("/lyg/card-check?next=")
    nothing_waits = await phone.open("/face")
    assert "这里不能刷脸" in nothing_waits.text


@pytest.fixture
def faceless(door: Entrance, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """Let the partner's configuration say that it does not check faces."""
    host = type(door.services.partners["lyg"].identity)
    monkeypatch.setattr(host, "checks_faces", property(lambda _: False))
    return door


async def test_where_no_face_is_checked_the_page_says_card_and_code_and_its_button_leads_there(
    faceless: Entrance,
) -> None:
    phone, confirm = await typed_long_ago(faceless)
    assert "刷脸" not in confirm.text
    assert "要用银行卡和短信确认是您本人" in confirm.text
    answer = await phone.send(confirm, **TICKED)
    assert location(answer).startswith("/lyg/card-check?next=")


async def test_where_no_face_is_checked_no_consent_to_face_checks_is_asked_for(faceless: Entrance) -> None:
    phone = faceless.phone()
    await phone.log_in()
    await fill_in(phone)
    asked = [call.query for call in faceless.core.calls if call.path == "/consent-texts"]
    assert asked[-1] == "purpose=account_terms&purpose=share_with_bank"


async def test_where_no_face_is_checked_what_is_beyond_the_limit_leads_to_the_counter(
    faceless: Entrance,
) -> None:
    _phone, asked = await quoted(faceless, 6_000_000)
    assert asked.status_code == 422, "the limit is said at the amount, before the plan"
    assert "这里一次最多可以办 50,000 元" in asked.text
    assert "带身份证到任一网点柜面" in asked.text
    assert faceless.core.sent("/lines/ln-1/quotes") == []


async def test_who_was_just_verified_is_not_asked_for_the_code_again(door: Entrance) -> None:
    phone, screen, check_id = await code_screen(door)
    here = f"{screen.url.path}?{screen.url.query.decode()}"
    form = location(await phone.send(screen, code="123456"))
    door.core.says("GET", f"{CHECKS}/{check_id}", check(door, check_id=check_id, state="confirmed"))
    assert location(await phone.open(here)) == form
    door.core.says("POST", f"{CHECKS}/{check_id}/confirm", Problem(409, "card_check.used"))
    assert location(await phone.send(screen, code="123456")) == form


@pytest.mark.parametrize("state", ["sent", "checking", "confirmed", "failed"])
async def test_the_same_card_again_is_the_check_that_waits_unless_it_is_over(
    door: Entrance, state: str
) -> None:
    phone, card = await chosen(door)
    door.core.says("POST", CHECKS, check(door))
    typed = {"card_number": CARD, "card_phone": "19900000001"}
    first = scripted(door, (await phone.send(card, **typed)).headers["location"], state=state)
    again = httpx.URL((await phone.send(card, **typed)).headers["location"]).params["check"]
    assert (again == first) is (state in ("sent", "checking"))
    other = await phone.send(card, **typed | {"card_phone": "19900000002"})
    assert httpx.URL(other.headers["location"]).params["check"] not in (first, again)


async def test_a_check_whose_code_is_over_is_begun_anew_by_the_same_card(door: Entrance) -> None:
    phone, card = await chosen(door)
    door.core.says("POST", CHECKS, check(door))
    typed = {"card_number": CARD, "card_phone": "19900000001"}
    past = door.clock.wall() - timedelta(minutes=1)
    first = scripted(door, (await phone.send(card, **typed)).headers["location"], code_ends_at=past)
    again = (await phone.send(card, **typed)).headers["location"]
    assert httpx.URL(again).params["check"] != first


async def test_where_nothing_waits_there_is_no_check(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    for path in (
        "/card-check",
        "/card-check/code",
        "/card-check?next=//evil.example",
        "/card-check?next=/lyg/me",
    ):
        assert location(await phone.open(path)) in ("/lyg/", "/lyg/me")
