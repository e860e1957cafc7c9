"""What partners learn: each state in its order, of customers who let them know, and of no one else."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from mock_partners.bank.core.events import reading
from mock_partners.bank.core.events.numbering import keep, number_events
from partner_adapters.core_bank.calls import referring_to
from partner_adapters.core_bank.events import STATUS_CONSENT, Event
from partner_adapters.core_bank.freezes import LiftFreeze
from partner_adapters.core_bank.wire import REFERENCE_HEADER
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio


async def agree(bank: TestBank, customer_id: str, partner: str = "lyg") -> str:
    (consent_id,) = await bank.consents(customer_id, [STATUS_CONSENT], partner)
    return consent_id


async def feed(bank: TestBank, partner: str = "lyg") -> list[Event]:
    await number_events(bank.core)
    return (await bank.client(partner).events.after(0)).items


async def test_the_way_to_a_line_is_told_in_its_order_without_gaps(
    bank: TestBank, esign: ESignStandIn
) -> None:
    one = await borrower(bank)
    await agree(bank, one.customer_id)
    line_id = await one.line_id()
    told = await feed(bank)
    of = defaultdict[str, list[str]](list)
    for each in told:
        of[each.status.object].append(each.type.partition(".")[2])
        assert each.status.customer_ref == f"subject of {LI.key}"
    assert of["application"] == ["submitted", "approved", "contract_ready", "signed"]
    assert of["contract"] == ["preparing", "ready", "signing", "signed"]
    assert (of["line"], of["consent"]) == (["opened"], ["given"])
    assert of["order"].count("created") == of["order"].count("succeeded") == 2
    sequences = defaultdict[str, list[int]](list)
    for each in told:
        sequences[each.status.id].append(each.status.sequence)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in sequences.values())
    positions = [each.position for each in told]
    assert positions == sorted(set(positions))
    status = await one.client.statuses.get("line", line_id)
    assert (status.state, status.product_code) == ("open", "sunshine_e_micro")


async def test_nothing_is_told_before_the_consent_nor_after_its_withdrawal(bank: TestBank) -> None:
    li = await bank.account()
    customer_id = (await bank.customer()).customer_id
    assert await feed(bank) == []
    with pytest.raises(Problem, match=r"status\.unknown"):
        await bank.client().statuses.get("account", li.account_id)
    consent_id = await agree(bank, customer_id)
    # What happened before stays untold.
    assert [each.type for each in await feed(bank)] == ["consent.given"]
    with pytest.raises(Problem, match=r"status\.unknown"):
        await bank.client().statuses.get("account", li.account_id)
    await bank.top_up(li.account_id, 1_000)
    told = await feed(bank)
    assert [each.type for each in told] == ["consent.given", "order.created", "order.succeeded"]
    await bank.client().consents.withdraw(customer_id, consent_id)
    # At once, also what waits to be numbered.
    assert (await bank.client().events.after(0)).items == []
    assert [each.type for each in await feed(bank)] == ["consent.withdrawn"]
    for gone in told:
        with pytest.raises(Problem, match=r"event\.unknown"):
            await bank.client().events.get(gone.id)
    with pytest.raises(Problem, match=r"status\.unknown"):
        await bank.client().statuses.get("order", told[-1].status.id)
    # A later consent begins anew: what was told before the withdrawal stays untold.
    await agree(bank, customer_id)
    assert [each.type for each in await feed(bank)] == ["consent.withdrawn", "consent.given"]


async def test_home_is_told_what_the_customer_said_to_this_partner(bank: TestBank) -> None:
    async def said(partner: str = "lyg") -> str | None:
        customer_id = (await bank.customer(partner=partner)).customer_id
        return (await bank.client(partner).customers.overview(customer_id)).status_consent

    assert await said() == "unasked"
    consent_id = await agree(bank, (await bank.customer()).customer_id)
    assert (await said(), await said("donghai")) == ("given", "unasked")
    await bank.client().consents.withdraw((await bank.customer()).customer_id, consent_id)
    assert await said() == "withdrawn"


async def test_another_partner_of_the_bank_learns_nothing(bank: TestBank) -> None:
    account = await bank.account()
    for partner in ("lyg", "donghai"):
        await agree(bank, (await bank.customer(partner=partner)).customer_id, partner)
    await bank.top_up(account.account_id, 1_000)
    assert {each.type for each in await feed(bank, "donghai")} == {"consent.given"}
    mine = (await feed(bank))[-1]
    with pytest.raises(Problem, match=r"event\.unknown"):
        await bank.client("donghai").events.get(mine.id)
    assert {each.object for each in (await bank.client("donghai").statuses.list()).items} == {"consent"}


async def test_an_order_is_found_by_the_partners_own_reference(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    client = bank.client()
    with referring_to("shop-77"):
        await bank.top_up(account.account_id, 1_000)
    await bank.top_up(account.account_id, 2_000)
    await number_events(bank.core)
    found = (await client.statuses.list(external_reference="shop-77")).items
    assert [(each.object, each.kind, each.state) for each in found] == [("order", "top_up", "succeeded")]
    assert found[0].external_reference == "shop-77"


async def test_the_events_of_one_reference_or_order_are_told_by_themselves(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    with referring_to("shop-77"):
        await bank.top_up(account.account_id, 1_000)
    await bank.top_up(account.account_id, 2_000)
    whole = await feed(bank)
    events = bank.client().events
    told = (await events.of(external_reference="shop-77")).items
    assert [each.type for each in told] == ["order.created", "order.succeeded"]
    assert [each for each in whole if each.status.external_reference == "shop-77"] == told
    assert (await events.of(external_reference="shop-77", after=told[0].position)).items == told[1:]
    assert (await events.of(external_reference="shop-78")).items == []
    assert (await bank.client("donghai").events.of(external_reference="shop-77")).items == []


async def test_a_reference_with_more_objects_than_usual_is_told_in_parts_too(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_FEW", 1)
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    for reference in ("everyone", "other", "everyone", "everyone"):
        with referring_to(reference):
            await bank.top_up(account.account_id, 1_000)
    whole = [each for each in await feed(bank) if each.status.external_reference == "everyone"]
    client = bank.client()
    first = (await client.events.of(external_reference="everyone", limit=4)).items
    rest = (await client.events.of(external_reference="everyone", after=first[-1].position)).items
    assert (first + rest, len(whole)) == (whole, 6)
    listed = await client.statuses.list(external_reference="everyone", limit=2)
    assert listed.next is not None
    last = await client.statuses.list(external_reference="everyone", after=listed.next)
    assert len({each.id for each in (*listed.items, *last.items)}) == 3


async def test_the_events_of_what_an_order_made_are_found_by_its_reference(
    bank: TestBank, esign: ESignStandIn
) -> None:
    one = await borrower(bank)
    await agree(bank, one.customer_id)
    line_id = await one.line_id()
    whole = await feed(bank)
    line = await bank.client().statuses.get("line", line_id)
    assert line.order is not None
    made = (await bank.client().events.of(order=line.order)).items
    assert {each.status.object for each in made} == {"application", "contract", "line"}
    assert made == [each for each in whole if each.status.order == line.order]


async def test_reads_show_nothing_from_before_a_consent_or_from_between_two(bank: TestBank) -> None:
    account = await bank.account()
    customer_id, client = (await bank.customer()).customer_id, bank.client()
    await bank.top_up(account.account_id, 1_000)
    first = await agree(bank, customer_id)
    await bank.top_up(account.account_id, 2_000)
    await client.consents.withdraw(customer_id, first)
    await bank.top_up(account.account_id, 3_000)
    await agree(bank, customer_id)
    await bank.top_up(account.account_id, 4_000)
    await number_events(bank.core)
    shown = (await client.statuses.list(of="order")).items
    told = {each.status.id for each in await feed(bank) if each.status.object == "order"}
    assert [each.id for each in shown] == [*told]
    assert len(shown) == 1


async def test_a_list_of_statuses_in_parts_is_whole(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    for _ in range(3):
        await bank.top_up(account.account_id, 1_000)
    await number_events(bank.core)
    whole, after, parts = (await bank.client().statuses.list()).items, "", []
    while True:
        part = await bank.client().statuses.list(after=after, limit=2)
        parts += part.items
        await bank.top_up(account.account_id, 1_000)
        if part.next is None:
            break
        after = part.next
    assert [each.id for each in parts[: len(whole)]] == [each.id for each in whole]


async def test_a_waiting_request_is_woken_by_the_commit(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    numbering = asyncio.create_task(keep(bank.core, {}))
    try:
        last = (await bank.client().events.after(0)).last
        waiting = asyncio.create_task(bank.client().events.after(last + 100, wait_s=20))
        await asyncio.sleep(0)
        waiting.cancel()
        waiting = asyncio.create_task(bank.client().events.after(last, wait_s=20))
        await bank.top_up(account.account_id, 1_000)
        async with asyncio.timeout(5):
            assert (await waiting).items
    finally:
        numbering.cancel()


async def test_a_freeze_and_its_lifting_are_told_but_not_by_whom(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    client = bank.client()
    await client.freezes.freeze(account.account_id, new_intent())
    await client.freezes.lift(account.account_id, LiftFreeze(evidence=bank.evidence()), new_intent())
    told = [each for each in await feed(bank) if each.status.object == "account"]
    assert [(each.type, each.status.state) for each in told] == [
        ("account.frozen", "frozen"),
        ("account.lifted", "open"),
    ]


async def test_a_loan_is_told_from_its_draw_to_its_end(bank: TestBank) -> None:
    one = await borrow(bank, funds_fen=100_000)
    await agree(bank, one.customer_id)
    loan_id = await one.drawn(1_000_000)
    await one.repay(loan_id, "full")
    told = await feed(bank)
    of_loan = [each for each in told if each.status.id == loan_id]
    assert [each.type for each in of_loan] == ["loan.drawn", "loan.settled"]
    drawdown = next(each.status for each in told if each.status.kind == "drawdown")
    assert of_loan[0].status.order == drawdown.id


async def test_a_malformed_reference_is_refused(bank: TestBank) -> None:
    with pytest.raises(Problem, match=r"partner_reference\.malformed"):
        await bank.client().calls.get("/events", Event, headers={REFERENCE_HEADER: "a b"})
