"""Thousands of hostile requests to the pages and to the core behind them.

None is a fault, shows another person's data or has an effect without an answer. The books hold at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from h5app import sessions
from h5app.app import create_app
from h5app.routes import ROUTES
from h5app.sessions import Person, session_cookie
from h5app.settings import H5Settings
from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.kernel.tables import metadata
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.core_bank.customers import Customer
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.identity.identity import Check
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.attacks.hostile import Given, Hostile, Target, ask, spoilt
from tests.support.bank_tables import bank_table
from tests.support.houses.core import HOLDER, LI, WANG, TestBank, caller_with, new_intent, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.houses.site import CONFIG, new_database
from tests.support.pages.forms_of import forms_of
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import borrow

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ORIGIN = "http://localhost:8000"
GOLDEN = json.loads((Path(__file__).parents[1] / "contract/golden/core_bank.json").read_text("utf-8"))
SAMPLE, EACH, SEEDS = 300, 1_500, 8
# What a customer or the bank would call an effect. The rest is bookkeeping of requests and evidence.
EFFECTS = (
    "account", "address_change", "application", "consent", "contract", "credit_line", "customer", "customer_order",
    "customer_phone", "journal", "loan", "repayment", "service_case", "settlement_certificate",
)  # fmt: skip
COUNTS = select(
    *(select(func.count()).select_from(metadata.tables[name]).scalar_subquery() for name in EFFECTS)
)
# The sum on B's account; it stands on no page and in no document of anyone else.
B_FEN, B_AMOUNTS = 87_777, ("877.77",)
# Pages that call the partner's login, which does not answer here.
CALLS_THE_HOST = re.compile(r"/[^/]+/(enter|callback|face|signed-out|launch)\b")


@dataclass
class Town:
    """The pages over a real core. Customer A is logged in and hostile; customer B is a stranger to A."""

    bank: TestBank
    pages: Any
    ids: dict[str, list[str]]
    cookies: dict[str, list[str]]
    # What may stand in no answer to A, or to a caller of another bank.
    of_b: list[str]
    of_both: list[str]

    def effects(self) -> list[int]:
        return list(self.bank.store.read_now(lambda conn: conn.execute(COUNTS).one()))


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    clock = FixedClock(datetime(2026, 11, 24, 10, 0, tzinfo=CHINA))
    async with running_bank(f"sqlite:///{folder}/core.sqlite", folder, clock) as bank:
        ESignStandIn().connect(bank)
        li = await borrow(bank, funds_fen=100_000)
        loan_id = await li.drawn(1_000_000)
        wang = await borrower(bank, WANG)
        other = (await bank.client().customers.overview(wang.customer_id)).account
        assert other is not None
        await bank.client().top_ups.start(other.account_id, TopUp(amount_fen=B_FEN), new_intent())
        await bank.work()
        a, b = await bank.customer(LI), await bank.customer(WANG)
        entry = (await bank.client().accounts.entries(li.account_id)).items[0]
        theirs = (await bank.client().accounts.entries(other.account_id)).items[0]
        assert theirs.amount_fen == B_FEN
        ids = {
            "partner": ["lyg"], "product": ["sunshine_e_micro", "tax_micro"], "code": ["sunshine_e_micro"],
            "customer_id": [a.customer_id, b.customer_id], "account_id": [li.account_id, other.account_id],
            "line": [li.line_id], "line_id": [li.line_id], "loan": [loan_id], "loan_id": [loan_id],
            "entry": [entry.entry_id, theirs.entry_id], "entry_id": [entry.entry_id, theirs.entry_id],
            "intent": [entry.intent, theirs.intent, theirs.reference], "bank_id": ["hzw", "hab"],
            "prefix": [LI.cards[0].number[:10]], "purpose": ["face_processing", "courts_inquiry"],
            "step": ["amount", "consent", "check", "card", "confirm", "particulars"],
        }  # fmt: skip
        pages, secret = await _pages(folder, bank, a)
        name = session_cookie(pages.state.services.settings, "lyg")
        cookies = {
            "core_bank": [],
            "h5app": [
                *[f"{name}={secret}"] * 6, "", f"{name}={secret[::-1]}", f"{name}={b.customer_id}",
                f"sb-haian={secret}",
                f"{name}={'A' * 5000}", f"{name}={secret}; {name}=x", f"{name}=\x01\x02", f'{name}="{secret}"',
                "=" * 300,
            ],
        }  # fmt: skip
        of_b = [*B_AMOUNTS, b.name_masked, b.phone_masked, b.id_number_masked]
        of_a = [a.name_masked, a.phone_masked, a.id_number_masked]
        yield Town(bank, pages, ids, cookies, of_b, [*of_b, *of_a])
        pages.state.services.store.close()


async def _pages(folder: Path, bank: TestBank, who: Customer) -> tuple[Any, str]:
    """Return h5app in front of this bank, and the secret of a session of this customer."""
    # The login of the partner answers nothing but its keys.
    config = CONFIG.replace("http://127.0.0.1:1", "https://core-bank").replace(
        "https://identity.test", "https://gov-app"
    )
    config = config.replace(
        'client_id = "h5app-lyg"\nclient_secret = "only-for-tests"\n',
        'client_id = "h5app-lyg"\nclient_secret = "secret of lyg"\n',
    )
    file = folder / "partners.toml"
    file.write_text(config + bank_table("lyg", name='{zh = "我的连云港", en = "My Lianyungang"}'), "utf-8")
    settings = {
        "config": file,
        "database_url": new_database(folder),
        "base_url": ORIGIN,
        "signing_keys": "k" * 40,
    }
    app = create_app(H5Settings.model_validate(settings), bank.http, bank.clock)
    person = Person(
        who.customer_id, "subject of li_xiuying", who.name_masked, who.id_number_masked, who.phone_masked
    )
    check = Check(("face",), "urn:sunbridge:acr:face", bank.clock.wall())
    statement = sessions.FaceStatement(bank.id_token(LI), check, HOLDER)
    return app, await sessions.begin(app.state.services, "lyg", person, statement, ("zh", "standard"), None)


async def pages_targets(town: Town) -> list[Target]:
    """Each route of the pages, and each form that A finds on one of them, with its hidden fields."""
    # The filter's own headers, which a browser sends with each form.
    headers = (("Host", "localhost:8000"), ("Origin", ORIGIN))
    targets = [
        Target(
            "h5app", method, route.path, headers, {"csrf": "x", "amount": "100"} if method == "POST" else None
        )
        for route in ROUTES
        for method in sorted(route.methods or ())
    ]
    cookie = {"Cookie": town.cookies["h5app"][0]}
    transport = httpx.ASGITransport(town.pages, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=cookie) as http:
        for route in ROUTES:
            if "GET" not in (route.methods or ()) or CALLS_THE_HOST.match(route.path):
                continue
            page = await http.get(
                re.sub(r"{(\w+)}", lambda found: town.ids.get(found[1], ["x"])[0], route.path)
            )
            for form in forms_of(page.text):
                if form.method == "post":
                    fields = {
                        name: one.choices[0] if one.choices else one.value
                        for name, one in form.fields.items()
                    }
                    targets.append(Target("h5app", "POST", form.action or page.url.path, headers, fields))
    return targets


def core_targets(town: Town) -> list[Target]:
    """Each endpoint of the core, asked by the partner, by a partner of another bank, and by a stranger."""
    targets = []
    for endpoint in ENDPOINTS:
        known = GOLDEN.get(f"{endpoint.method} {re.sub(r'{[^}]+}', '*', endpoint.path)}", {}).get("request")
        document = {} if known is None and endpoint.method == "POST" else known
        settings = town.bank.core.settings
        other = next(client for client in settings.clients if client.bank_id == "hab")
        for caller in (caller_with(settings, endpoint.access), other, None):
            headers = []
            if caller is not None:
                headers.append(("Authorization", f"Bearer {issue(town.bank.core, caller)}"))
            targets.append(Target("core_bank", endpoint.method, endpoint.path, headers, None, document))
    return targets


def is_of_partner(town: Town, request: Hostile) -> bool:
    """Whether the partner of A and B asks, or an operator of their bank, who may see both."""
    settings = town.bank.core.settings
    trusted = [caller for caller in (*settings.clients, *settings.operators) if caller.bank_id == "hzw"]
    tokens = {f"Bearer {issue(town.bank.core, caller)}" for caller in trusted}
    return any(value in tokens for name, value in request.headers if name == "Authorization")


def wrongs(town: Town, request: Hostile, given: Given, changed: bool) -> Iterator[str]:
    """Yield what is wrong with the answer."""
    if given.fault is not None or given.status == 500:
        yield f"fault {given.fault!r}"
    if given.status > 500 and not (given.status == 503 and CALLS_THE_HOST.match(request.path)):
        yield f"status {given.status}"
    text = given.body.decode("utf-8", "replace") + str(given.headers)
    hidden = (
        town.of_b if request.target.app == "h5app" else [] if is_of_partner(town, request) else town.of_both
    )
    yield from (
        f"shows {private}" for private in hidden if private in text and not _was_sent(request, private)
    )
    if request.target.app == "h5app" and "<script>alert" in text:
        yield "markup"
    if re.match(r"(https?:)?[/\\]{2}[^/]*evil|javascript", given.header("location")):
        yield f"leads to {given.header('location')}"
    if any(set("\r\n\0") & set(name + value) for name, value in given.headers):
        yield "a header that breaks its line"
    is_document = "json" in given.header("content-type") or request.target.app == "h5app"
    if given.status >= 400 and given.body and not is_document:
        yield f"an error that is neither JSON nor a page: {given.header('content-type')}"
    if changed and request.method in ("GET", "HEAD"):
        yield "an effect of looking"
    if changed and not 200 <= given.status < 300 and given.status != 303:
        yield f"an effect, answered {given.status}"


def _was_sent(request: Hostile, masked: str) -> bool:
    """Whether the caller itself gave what the answer shows masked, such as the phone that a code goes to."""
    whole = re.sub(r"(\\\*)+", r"\\w+", re.escape(masked))
    return "*" in masked and re.search(whole, (request.body or b"").decode("latin-1")) is not None


@pytest.mark.parametrize(
    ("seed", "count"),
    [
        pytest.param(0, SAMPLE, id="sample"),
        *[pytest.param(seed, EACH, id=str(seed), marks=pytest.mark.whole) for seed in range(1, SEEDS + 1)],
    ],
)
async def test_no_hostile_request_breaks_shows_or_moves_anything(
    tmp_path: Path, seed: int, count: int
) -> None:
    lot = Random(seed)  # noqa: S311 (a lot to be drawn again, not a secret)
    async with town(tmp_path) as here:
        apps = {"h5app": here.pages, "core_bank": here.bank.app}
        targets = [*await pages_targets(here), *core_targets(here)]
        lot.shuffle(targets)
        found, before = [], here.effects()
        for number in range(count):
            target = targets[number % len(targets)]
            request = spoilt(lot, target, here.ids, here.cookies[target.app])
            given, after = await ask(apps[target.app], request), here.effects()
            wrong = list(wrongs(here, request, given, after != before))
            if wrong:
                found.append(
                    (
                        number,
                        wrong,
                        target.method,
                        target.path,
                        request.method,
                        request.path[:200],
                        request.why,
                    )
                )
            before = after
        assert found == []
        assert count >= SAMPLE
        await here.bank.work()
        await here.bank.prove()
