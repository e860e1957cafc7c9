"""Floods and guesses against the limits: what a stranger cannot do, and what no honest customer notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from h5app.limits import LIMITS
from h5app.tables import sessions
from mock_partners.bank.core.kernel import limits
from partner_adapters.core_bank.cases import CaseProgress, ComplainAsGuest, FindComplaint
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.agreeing import agree
from tests.support.houses.core import LI, TestBank, new_intent, running_bank
from tests.support.houses.scripted_host import ScriptedHost
from tests.support.houses.site import PARTNER, Site, Visitor, site
from tests.support.pages import samples
from tests.support.pages.rooms import customer, login
from tests.support.pages.scripts import everything
from tests.support.people.numbers import card_number

pytestmark = pytest.mark.anyio
START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
# Of every request in these tests.
ADDRESS = "127.0.0.1"


@pytest.fixture
async def bank(anyio_backend: str, tmp_path: Path) -> AsyncIterator[TestBank]:
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, FixedClock(START)) as made:
        yield made
        await made.prove()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as running:
        everything(running.core)
        yield running


async def test_forty_invented_cards_on_one_face_check_are_refused_early(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    evidence = bank.evidence(LI)
    consents = await bank.consents(customer.customer_id, ["account_terms", "face_processing", "card_debit"])
    sent_once = (await bank.open_command(LI, customer.customer_id)).identity_images
    refusals: list[Problem] = []
    for number in range(40):
        invented = card_number("621660", 19, f"{number:04}")
        command = await bank.open_command(
            LI,
            customer.customer_id,
            card_number=invented,
            evidence=evidence,
            consent_ids=consents,
            identity_images=sent_once,
        )
        try:
            await bank.client().accounts.open(customer.customer_id, command, new_intent())
        except Problem as problem:
            refusals.append(problem)
    asked = limits.CARD_QUESTIONS.most
    assert len(refusals) == 40 - asked
    assert {(each.status, each.code, each.params["limit"]) for each in refusals} == {
        (429, "limit.reached", "card_questions")
    }
    assert bank.wires.sent.count(("card_network", "POST", "/four-elements")) == asked


async def test_what_a_card_was_asked_for_is_forgotten_after_a_day(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id, card_phone="19911112222")
    for _ in range(limits.CARD_QUESTIONS.most):
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    with pytest.raises(Problem, match=r"429 limit\.reached") as full:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert datetime.fromisoformat(str(full.value.params["until"])) == START + timedelta(days=1)
    bank.clock.advance(timedelta(days=1))
    again = await bank.open_command(LI, customer.customer_id)
    order = await bank.client().accounts.open(customer.customer_id, again, new_intent())
    assert order.state == "succeeded"


async def test_numbers_of_complaints_cannot_be_guessed_side_by_side(bank: TestBank) -> None:
    client, phone = bank.client().cases, "13900000001"
    command = ComplainAsGuest(note="排队太久", name="周女士", phone=phone)
    made = await client.complain_as_guest(command, new_intent())

    async def guess(number: str) -> str:
        try:
            await client.find_complaint(FindComplaint(number=number, phone=phone))
        except Problem as problem:
            return problem.code
        return "found"

    # One who looks up an own complaint uses nothing up.
    assert {await guess(made.number) for _ in range(15)} == {"found"}
    guesses = await asyncio.gather(*(guess(f"2611240{n:04}0") for n in range(60)))
    assert guesses.count("case.unknown") == limits.LOOKUPS_BY_PHONE.most
    assert guesses.count("limit.reached") == 60 - limits.LOOKUPS_BY_PHONE.most
    assert await guess(made.number) == "limit.reached"  # also for the right number, else guessing would go on
    bank.clock.advance(limits.LOOKUPS_BY_PHONE.within)
    assert await guess(made.number) == "found"


async def test_wrong_secrets_are_stopped_and_lock_nobody_out(bank: TestBank) -> None:
    core = httpx.AsyncClient(transport=httpx.ASGITransport(bank.app), base_url="http://core-bank")

    async def ask(secret: str) -> httpx.Response:
        return await core.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": basic("h5app-lyg", secret)},
        )

    answers = [await ask(f"guess {n}") for n in range(limits.WRONG_SECRETS.most + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    refused = answers[-1]
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert refused.json()["code"] == "limit.reached"
    assert refused.headers["retry-after"] == "600"
    assert refused.headers["ratelimit-policy"] == '"wrong_secrets";q=20;w=600'
    assert refused.headers["ratelimit"] == '"wrong_secrets";r=0;t=600'
    assert (await ask("secret of lyg")).status_code == 200
    metrics = (await core.get("/metrics")).text
    assert 'core_bank_limited_total{limit="wrong_secrets"} 1.0' in metrics


@pytest.mark.parametrize(
    ("people", "others"), [(15, 585), pytest.param(300, 0, marks=pytest.mark.whole)], ids=["sample", "all"]
)
async def test_three_hundred_people_behind_one_address_log_in(pages: Site, people: int, others: int) -> None:
    """`others`: logins of the same minute that are only counted."""
    host = ScriptedHost(login("sub-1"))
    access = pages.services.partners[PARTNER]
    pages.services.partners[PARTNER] = replace(access, identity=host)  # type: ignore[index]

    async def log_in(number: int) -> int:
        host.answer = login(f"sub-{number}")
        pages.core.says("POST", "/customers", customer(f"cu-{number}"))
        transport = httpx.ASGITransport(pages.app)
        async with httpx.AsyncClient(transport=transport, base_url=pages.base_url) as phone:
            sent = await phone.get(f"/{PARTNER}/enter?next=/{PARTNER}/me")
            asked = await agree(phone, await phone.get(sent.headers["location"]))
            return (await phone.get(asked.headers["location"])).status_code

    requests = {"logins_begun_from_address": 1, "logins_finished_from_address": 3, "pages_to_address": 6}
    for row in LIMITS:
        for _ in range(others * requests.get(row.name, 0)):
            pages.services.counters.count(row, ADDRESS)
    # All in one moment of protocol time, which stands still here.
    assert {await log_in(number) for number in range(people)} == {200}


async def test_repaying_goes_on_while_everything_else_is_limited(pages: Site) -> None:
    phone = await pages.client()
    (session,) = await pages.services.store.read(
        lambda conn: conn.execute(select(sessions.c.ref)).scalars().all()
    )
    for row in LIMITS:
        for _ in range(row.most):
            pages.services.counters.count(row, {"session": session, "address": ADDRESS}.get(row.per, "other"))
    home = await phone.get("/")
    assert home.status_code == 429
    assert f"/{PARTNER}/loans" in home.text
    assert (await phone.get("/loans/lo-1")).status_code == 200
    assert (await phone.get("/top-up")).status_code == 200
    pages.core.says("POST", "/loans/lo-1/repayments", samples.order("repayment"))
    quote = await phone.get("/loans/lo-1/repay?kind=part&amount=5000")
    paid = await phone.send(quote)
    assert paid.headers["location"].startswith(f"/{PARTNER}/orders/")
    assert (await phone.http.get(paid.headers["location"])).status_code == 200


async def test_a_guest_gets_back_what_was_typed(pages: Site) -> None:
    transport = httpx.ASGITransport(pages.app)
    phone = Visitor(httpx.AsyncClient(transport=transport, base_url=pages.base_url), pages.base_url)
    form = await phone.get("/me/complaints")
    full = next(row for row in LIMITS if row.name == "guest_complaints")
    for _ in range(full.most):
        pages.services.counters.count(full, ADDRESS)
    typed = {"note": "贷款还清了，短信还在催“还款”", "name": "周女士", "phone": "13900000001"}
    refused = await phone.send(form, **typed)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "600"
    assert "10:50:00 以后可以接着办" in refused.text
    pages.clock.advance(full.within)
    pages.core.says("POST", "/complaints", CaseProgress.model_validate(samples.complaint().model_dump()))
    sent = await phone.send(refused)
    assert sent.status_code == 303
    assert pages.core.sent("/complaints")[0].body == typed | {"lang": "zh"}
