"""How the client of the core speaks: tokens, intents, problems, and what it says of an outcome."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient, NotSent, OutcomeUnknown, Unanswered

ORDER = {
    "intent": "k1",
    "kind": "top_up",
    "state": "processing",
    "customer_id": "c",
    "reference": "3F7K-21QX",
    "created_at": "2026-11-24T10:00:00+08:00",
    "amount": "100.00",
}
Answer = Callable[[httpx.Request], httpx.Response]


class ScriptedCore:
    """Answers tokens by itself and everything else by `answer`; keeps what it was asked."""

    def __init__(self, answer: Answer, expires_in: int = 600) -> None:
        self.answer = answer
        self.expires_in = expires_in
        self.tokens = 0
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.tokens += 1
            return httpx.Response(
                200, json={"access_token": f"t{self.tokens}", "expires_in": self.expires_in}
            )
        self.asked.append(request)
        return self.answer(request)

    def client(self) -> CoreBank:
        return CoreBank(HttpClient(httpx.MockTransport(self)), "http://core", "h5app-lyg", "secret")


def accepted(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json=ORDER, headers={"Sunbridge-Business-Date": "2026-12-01"})


def refused(status: int, **body: object) -> Answer:
    return lambda _request: httpx.Response(status, json={"status": status, **body})


@pytest.mark.anyio
async def test_a_command_carries_its_intent_and_its_money_as_text() -> None:
    core = ScriptedCore(accepted)
    client = core.client()
    order = await client.top_ups.start("a1", TopUp(amount_fen=10_000), "k1")
    (request,) = core.asked
    assert (request.method, request.url.path) == ("POST", "/accounts/a1/top-ups")
    assert request.headers["idempotency-key"] == "k1"
    assert json.loads(request.content) == {"amount": "100.00", "currency": "CNY", "evidence": None}
    assert order.amount_fen == 10_000
    assert str(client.calls.business_date) == "2026-12-01"


@pytest.mark.anyio
async def test_one_token_serves_many_calls_and_a_short_one_is_renewed_in_time() -> None:
    lasting, short = ScriptedCore(accepted), ScriptedCore(accepted, expires_in=30)
    for core in (lasting, short):
        client = core.client()
        for _ in range(3):
            await client.orders.get("k1")
    assert (lasting.tokens, short.tokens) == (1, 3)


@pytest.mark.anyio
async def test_a_token_the_core_no_longer_accepts_is_replaced_once() -> None:
    def only_second(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer t2":
            return accepted(request)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    core = ScriptedCore(only_second)
    assert (await core.client().orders.get("k1")).intent == "k1"
    assert core.tokens == 2


@pytest.mark.anyio
async def test_a_step_up_refusal_is_no_reason_for_a_new_token() -> None:
    core = ScriptedCore(refused(401, code="step_up.required"))
    with pytest.raises(Problem) as problem:
        await core.client().top_ups.start("a1", TopUp(amount_fen=1), "k1")
    assert (problem.value.code, core.tokens, len(core.asked)) == ("step_up.required", 1, 1)


@pytest.mark.anyio
async def test_a_refusal_keeps_its_fields_and_figures() -> None:
    errors = [{"field": "amount", "code": "amount.too_large", "params": {"max": "5000.00"}}]
    core = ScriptedCore(refused(422, code="amount.too_large", errors=errors))
    with pytest.raises(Problem) as problem:
        await core.client().top_ups.start("a1", TopUp(amount_fen=10**9), "k1")
    assert problem.value.errors[0].params == {"max": "5000.00"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        refused(500, code="internal"),
        lambda _request: httpx.Response(502, text="<html>bad gateway</html>"),
        lambda _request: httpx.Response(429, text="<html>slow down</html>"),
        lambda _request: httpx.Response(202, text="cut of"),
        lambda _request: httpx.Response(202, json={**ORDER, "amount": 100.0}),
    ],
    ids=["fault", "gateway", "gateway that refuses", "cut answer", "float money"],
)
async def test_what_says_nothing_about_a_command_leaves_it_unknown(answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        await ScriptedCore(answer).client().top_ups.start("a1", TopUp(amount_fen=1), "k1")


@pytest.mark.anyio
async def test_an_unreadable_answer_to_a_question_is_no_answer_not_a_guess() -> None:
    core = ScriptedCore(lambda _request: httpx.Response(200, json={"state": "succeeded"}))
    with pytest.raises(Unanswered, match="malformed answer: Order"):
        await core.client().orders.get("k1")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said",
    [b"<html>", b'"token"', b"{}", b'{"access_token": "t"}', b'{"access_token": "t", "expires_in": "soon"}'],
)
async def test_without_a_readable_token_no_command_is_sent(said: bytes) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=said)

    client = CoreBank(HttpClient(httpx.MockTransport(answer)), "http://core", "h5app-lyg", "secret")
    with pytest.raises(NotSent, match="no access token"):
        await client.top_ups.start("a1", TopUp(amount_fen=1), "k1")
    assert asked == ["/oauth/token"]


@pytest.mark.anyio
async def test_a_second_refused_token_is_the_answer() -> None:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    core = ScriptedCore(
        lambda _request: httpx.Response(401, json={"status": 401, "code": "token.invalid"}, headers=headers)
    )
    with pytest.raises(Problem) as problem:
        await core.client().orders.get("k1")
    assert (problem.value.code, core.tokens, len(core.asked)) == ("token.invalid", 2, 2)


@pytest.mark.anyio
@pytest.mark.parametrize("stated", ["", "tomorrow"])
async def test_an_answer_without_a_readable_date_leaves_the_latest_one(stated: str) -> None:
    dates = ["2026-12-01", stated]
    core = ScriptedCore(
        lambda _request: httpx.Response(200, json=ORDER, headers={"Sunbridge-Business-Date": dates.pop(0)})
    )
    client = core.client()
    for _ in range(2):
        await client.orders.get("k1")
    assert str(client.calls.business_date) == "2026-12-01"


@pytest.mark.anyio
async def test_a_code_whose_answer_is_lost_is_sent_again_and_costs_the_customer_nothing() -> None:
    checked = {"check_id": "k1", "action": "drawdown", "state": "confirmed", "tries_left": 5, "codes_left": 2}

    def lost_once(_request: httpx.Request) -> httpx.Response:
        if len(core.asked) == 1:
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, json=checked)

    core = ScriptedCore(lost_once)
    assert (await core.client().card_checks.confirm("c", "k1", "123456")).check_id == "k1"
    assert len(core.asked) == 2
