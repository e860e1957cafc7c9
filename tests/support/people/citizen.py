"""A persona at the bank, as h5app acts for one: real logins at the super-app, real calls of the core, no pages."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from starlette.datastructures import QueryParams

from mock_partners.testing.people.personas import Card, Person, person
from mock_partners.testing.running.local import RunningWorld
from mock_partners.testing.worlds.world import World
from partner_adapters.core_bank.accounts import OpenAccount, Particulars
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.dialects import host_of
from partner_adapters.identity.host import Attempt, Host, Redirect
from partner_adapters.identity.identity import Statement
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient
from partner_adapters.partners.file import load_partners
from partner_adapters.partners.partner import Partner
from tests.support.houses.serving import until
from tests.support.people.documents import card_ends_on
from tests.support.people.photographs import send_photographs

FACE_CHECK_MAX_AGE_S = 60


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it takes 50 ms, longer than a call.
    return ssl.create_default_context()


@dataclass
class Citizen:
    """`customer_id` is known once `arrive` has identified the person."""

    who: Person
    partner: Partner
    host: Host
    redirect_uri: str
    core: CoreBank
    world: World
    customer_id: str = ""

    async def seen(self, *, fresh: bool = True) -> tuple[Statement, str]:
        """Pass a face check at the super-app, or log in there; what it says, and the secret of the attempt."""
        attempt = Attempt(self.redirect_uri, secrets.token_urlsafe(32), fresh=fresh, max_age_s=0)
        way = await self.host.start(attempt)
        assert isinstance(way, Redirect)
        async with httpx.AsyncClient(verify=_trusted()) as browser:
            passed = await browser.post(
                way.url.partition("#")[0], data={"person": self.who.key, "outcome": "pass"}
            )
        assert passed.status_code == 303, passed.text
        came_back = QueryParams(passed.headers["location"].partition("?")[2])
        login = await self.host.finish(came_back, attempt, max_age_s=FACE_CHECK_MAX_AGE_S)
        return login.statement, attempt.secret

    async def evidence(self) -> Evidence:
        said, secret = await self.seen()
        return Evidence(statement=said.evidence, holder_secret=secret)

    async def consent(self, *purposes: str) -> list[str]:
        """Read and give each; their ids, in order."""
        texts = await self.core.consents.texts(list(purposes))
        given = [ConsentGiven(purpose=one.purpose, version=one.version, sha256=one.sha256) for one in texts]
        command = GiveConsents(consents=given, session_ref="test")
        stored = await self.core.consents.give(self.customer_id, command, intent())
        return [one.consent_id for one in stored]

    async def ask_to_open_account(self, card: Card | None = None) -> Order:
        """Ends as soon as the core knows the outcome."""
        command = OpenAccount(
            card_number=(card or self.who.cards[0]).number,
            card_phone=self.who.phone,
            particulars=Particulars(
                occupation=self.who.occupation,
                address=self.who.address,
                document_expires_on=card_ends_on(self.who),
                tax_resident_of_china_only=True,
            ),
            identity_images=await send_photographs(self.core, self.customer_id),
            consent_ids=await self.consent("account_terms", "face_processing", "card_debit"),
            evidence=await self.evidence(),
        )
        return await self.ended(await self.core.accounts.open(self.customer_id, command, intent()))

    async def account(self) -> str:
        """Open the account; its id."""
        opened = await self.ask_to_open_account()
        assert opened.state is OrderState.SUCCEEDED, opened
        return opened.result["account_id"]

    async def ended(self, order: Order, within_s: float = 20.0) -> Order:
        """The order once its outcome is known."""

        async def known() -> bool:
            nonlocal order
            order = await self.core.orders.get(order.intent)
            return order.state is not OrderState.PROCESSING

        await until(known, within_s)
        return order


def intent() -> str:
    return secrets.token_hex(16)


class Patient(HttpClient):
    """Waits as long as a busy machine takes: for what leads up to a test, not for what it is about."""

    async def send(self, method: str, url: str, **call: Any) -> Answer:
        return await super().send(method, url, **{**call, "deadline_s": 60.0})


@asynccontextmanager
async def arrive(world: RunningWorld, key: str, http: HttpClient | None = None) -> AsyncIterator[Citizen]:
    """The persona, logged in and known to the bank. Needs `gov_app` and `core_bank` in the world. Closes `http`."""
    who, http = person(key), http or HttpClient()
    partner = load_partners(world.config)[world.world.partner_id(who.partner)]
    access = partner.core
    citizen = Citizen(
        who=who,
        partner=partner,
        host=host_of(partner.id, partner.identity, http, SystemClock()),
        redirect_uri=f"{world.world.h5app_url}/{partner.id}/callback",
        core=CoreBank(http, access.base_url, access.client_id, access.client_secret.get_secret_value()),
        world=world.world,
    )
    try:
        said, secret = await citizen.seen(fresh=False)
        (text,) = await citizen.core.consents.texts(["share_with_bank"])
        given = ConsentGiven.model_validate(text.pinned())
        statement = IdentityStatement(
            statement=said.evidence,
            holder_secret=secret,
            particulars=said.particulars,
            given=GiveConsents(consents=[given], session_ref="test"),
        )
        citizen.customer_id = (await citizen.core.customers.identify(statement)).customer_id
        yield citizen
    finally:
        await http.aclose()
