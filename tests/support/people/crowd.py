"""Three customers who send sixty commands at the same moment, to one node of the core or to several."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain, cycle

from pydantic import BaseModel

from mock_partners.bank.core.app import create_app
from mock_partners.testing.people.personas import Person, person
from mock_partners.testing.worlds.faults import Faults
from partner_adapters.core_bank.calls import CoreTokens
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from partner_adapters.core_bank.repayments import AskRepay, Repay
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from tests.support.houses.core import LI, LIU, PARTIES, TestBank, new_intent
from tests.support.people.applicants import TAX_LOAN, TAX_PURPOSES, Borrower, authorise, borrower

CROWD = (LI, LIU, person("wu_guilan"))
# Of each customer who borrows; each of the six loans is repaid in part once.
LOANS, DRAWS, TOP_UPS, APPLICATIONS = 6, 6, 6, 2
AMOUNT_FEN, PART_FEN = 100_000, 10_000
ANSWERED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Asked:
    """One command, and where it is sent."""

    command: BaseModel
    path: str


@dataclass(frozen=True)
class Answered:
    """How a command was answered. `code` is the problem's; it is empty where there was none."""

    command: str
    status: int
    code: str
    retry_after: str | None


def top_up(account_id: str) -> Asked:
    """Return a top-up of this account."""
    return Asked(TopUp(amount_fen=AMOUNT_FEN), f"/accounts/{account_id}/top-ups")


async def crowd(bank: TestBank) -> list[Asked]:
    """Return sixty commands, as `crowds` makes them."""
    [commands] = await crowds(bank, 1)
    return commands


async def crowds(bank: TestBank, count: int) -> list[list[Asked]]:
    """Return this many times sixty commands, the customers' in turn.

    Two customers repay, draw, top up and apply. The third tops up, and signs, applies and opens an account more often
    than possible.
    """
    li, liu, wu = CROWD
    of_each = [
        await _borrowing(bank, li, count),
        await _borrowing(bank, liu, count),
        await _beginning(bank, wu, count),
    ]
    in_turn = list(zip(*of_each, strict=True))
    return [list(chain.from_iterable(in_turn[each::count])) for each in range(count)]


@asynccontextmanager
async def nodes(bank: TestBank, count: int) -> AsyncIterator[list[str]]:
    """Run this many nodes of the core on the bank's database, with their workers and jobs. Yield their URLs."""
    async with AsyncExitStack() as stack:
        apps, urls = [bank.app], ["http://core-bank"]
        parties = Parties(bank.http, {party: f"http://{party.replace('_', '-')}" for party in PARTIES})
        for number in range(2, count + 1):
            store, party = Store(bank.store.url), f"core_bank_{number}"
            stack.callback(store.close)
            head = bank.core.settings.audit_head.with_name(f"audit_head_{number}.json")
            settings = bank.core.settings.model_copy(update={"audit_head": head})
            apps.append(create_app(settings, store, bank.clock, parties))
            bank.wires.faults[party] = Faults()
            bank.wires.connect(party, apps[-1])
            urls.append(f"http://core-bank-{number}")
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield urls


async def at_once(http: HttpClient, urls: Sequence[str], commands: Sequence[Asked]) -> list[Answered]:
    """Send all commands at the same moment, to the nodes in turn."""
    token = await CoreTokens(http, urls[0], "h5app-lyg", "secret of lyg").get()
    return await asyncio.gather(
        *(_send(http, url + asked.path, asked.command, token) for asked, url in zip(commands, cycle(urls)))
    )


async def _send(http: HttpClient, url: str, command: BaseModel, token: str) -> Answered:
    name = type(command).__name__
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": new_intent(),
    }
    try:
        answer = await http.send(
            "POST",
            url,
            content=command.model_dump_json(),
            headers=headers,
            repeatable=False,
            deadline_s=ANSWERED_WITHIN_S,
        )
    except Exception as fault:  # what a server answers with 500 comes through this wire as it was raised
        return Answered(name, 500, repr(fault), None)
    code = "" if answer.is_success else str(json.loads(answer.content)["code"])
    return Answered(name, answer.status_code, code, answer.headers.get("retry-after"))


async def _borrowing(bank: TestBank, who: Person, times: int) -> list[Asked]:
    li = await borrower(bank, who)
    line_id = await li.line_id(amount_fen=times * (LOANS + DRAWS) * AMOUNT_FEN)
    account_id = await _account_id(li)
    draws = [await _draw(li, line_id) for _ in range(times * (LOANS + DRAWS))]
    for draw in draws[times * DRAWS :]:
        await li.client.drawdowns.draw(line_id, draw, new_intent())
    loans = (await li.client.customers.overview(li.customer_id)).loans
    parts = [Asked(await _part(li, loan.loan_id), f"/loans/{loan.loan_id}/repayments") for loan in loans]
    agreed = await bank.consents(li.customer_id, TAX_PURPOSES, li.partner)
    await authorise(bank, li.customer_id, who, li.partner)
    application = li.asking(**TAX_LOAN, consent_ids=agreed)
    return [
        *parts,
        *(Asked(draw, f"/lines/{line_id}/drawdowns") for draw in draws[: times * DRAWS]),
        *[top_up(account_id)] * times * TOP_UPS,
        *[Asked(application, f"/customers/{li.customer_id}/applications")] * times * APPLICATIONS,
    ]


async def _beginning(bank: TestBank, who: Person, times: int) -> list[Asked]:
    wu = await borrower(bank, who)
    contract, customer = await wu.contract(), f"/customers/{wu.customer_id}"
    return [
        Asked(wu.signature(contract), f"/contracts/{contract.contract_id}/signatures"),
        top_up(await _account_id(wu)),
        Asked(wu.asking(), f"{customer}/applications"),
        Asked(await bank.open_command(who, wu.customer_id), f"{customer}/accounts"),
        top_up(await _account_id(wu)),
    ] * (4 * times)


async def _account_id(who: Borrower) -> str:
    account = (await who.client.customers.overview(who.customer_id)).account
    assert account is not None
    return account.account_id


async def _draw(who: Borrower, line_id: str) -> Draw:
    ask = AskDraw(amount_fen=AMOUNT_FEN, term_months=12, method="level_payment")
    quote = await who.client.drawdowns.quote(line_id, ask)
    evidence = who.bank.evidence(who.who, who.partner)
    return Draw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=evidence)


async def _part(who: Borrower, loan_id: str) -> Repay:
    ask = AskRepay(kind="part", amount_fen=PART_FEN)
    quote = await who.client.repayments.quote(loan_id, ask)
    return Repay(**ask.model_dump(), quote_sha256=quote.sha256)
