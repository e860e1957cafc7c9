"""A lending core in this process with its outside parties, driven by hand: nothing runs unless a test says so.

Card network, messages and data sources are the real mock parties over their wire; the partners' signatures are
made here. Time stands still except in `work`.

    customer = await bank.customer(LI)
    account = await bank.funded_account(LI, 50_000)
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent="i" * 16)
    await bank.work()
    assert await bank.proven()
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import httpx
import stamina
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.bank.core.app import create_app, prepare
from mock_partners.bank.core.audit.chain import link_rows
from mock_partners.bank.core.events.numbering import number_events
from mock_partners.bank.core.kernel.caller import PartnerClient
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ProofReport, prove
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.settings import Bank, Client, CoreSettings, Operator, StaffProvider
from mock_partners.bank.core.kernel.tables import outbox
from mock_partners.bank.core.rooms import PROOFS
from mock_partners.bank.esign.authority import create_authority
from mock_partners.bank.esign.settings import AuthorityKeys
from mock_partners.outside.card_network.app import CardNetworkApp
from mock_partners.outside.card_network.cards import seed
from mock_partners.outside.card_network.settings import CardNetworkSettings, IssuedCard
from mock_partners.outside.card_network.tables import metadata as network_metadata
from mock_partners.outside.card_network.tables import outbox as network_outbox
from mock_partners.outside.data_sources.app import create_app as create_data_sources
from mock_partners.outside.data_sources.settings import DataSourcesSettings
from mock_partners.outside.messages.app import create_app as create_messages
from mock_partners.outside.messages.settings import MessagesSettings
from mock_partners.testing.people.personas import PEOPLE, Person, person
from mock_partners.testing.registrations.parties import known
from mock_partners.testing.worlds.faults import Faults, FaultyTransport
from partner_adapters.core_bank.accounts import Account, OpenAccount, Particulars
from partner_adapters.core_bank.blacklist import StaffBlacklist
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.cases import StaffCases
from partner_adapters.core_bank.changes import Changes
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.customers import Customer, IdentityStatement
from partner_adapters.core_bank.differences import StaffDifferences
from partner_adapters.core_bank.freezes import StaffFreezes
from partner_adapters.core_bank.name_changes import StaffNameChanges
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.reviews import StaffReviews
from partner_adapters.core_bank.switches import Switches
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.core_bank.withdrawals import AskWithdraw, Withdraw
from partner_adapters.esign.wire import SignerChecked
from partner_adapters.identity.holder import derive
from partner_adapters.identity.oidc.verifier import OidcVerifierConfig
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import CHINA, FixedClock, epoch
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.json_answers import answer
from partner_adapters.kit.web.parties import Parties
from partner_adapters.messages.wire import Message
from tests.support.databases import postgresql
from tests.support.houses.checkpoints import lived_once
from tests.support.people.documents import card_ends_on
from tests.support.people.photographs import send_photographs

LI, WANG, LIU = person("li_xiuying"), person("wang_qiang"), person("liu_yang")
# The secret of every attempt that these tests say was made.
HOLDER = "the secret of the attempt at the host"
BANKS = {"lyg": "hzw", "haian": "hab"}
# With a second partner of the first bank.
PARTNERS = {**BANKS, "donghai": "hzw"}
# The staff's OpenID provider, beside the partners' hosts.
STAFF = "staff"
DATA_SECRETS = {bank_id: SecretStr(f"data secret of {bank_id}") for bank_id in ("hzw", "hab")}
PARTIES = ("core_bank", "card_network", "data_sources", "esign", "messages", "gov_app")


def stated_by(who: Person) -> Particulars:
    """What the person types of themselves."""
    return Particulars(
        occupation="farmer",
        address=who.address,
        document_expires_on=card_ends_on(who),
        tax_resident_of_china_only=True,
    )


class Wires(httpx.AsyncBaseTransport):
    """One in-process wire to each party, by host name, each behind faults of its own; `sent` keeps what went over."""

    def __init__(self) -> None:
        self.faults: dict[str, Faults] = {party: Faults() for party in PARTIES}
        self.sent: list[tuple[str, str, str]] = []
        self.apps: dict[str, Any] = {}
        self._ends: dict[str, httpx.AsyncBaseTransport] = {}

    def connect(self, party: str, app: Any) -> None:
        self.apps[party] = app
        self._ends[party] = FaultyTransport(httpx.ASGITransport(app), self.faults[party])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        party = request.url.host.replace("-", "_")
        self.sent.append((party, request.method, request.url.path))
        return await self._ends[party].handle_async_request(request)


@dataclass(frozen=True)
class IdentityHosts:
    """What the partners sign with, and where the core fetches their keys."""

    keys: Mapping[str, ECKey] = field(
        default_factory=lambda: {
            partner: ECKey.generate_key("P-256", {"kid": partner}) for partner in (*PARTNERS, STAFF)
        }
    )

    def issuer(self, partner: str) -> str:
        return f"https://gov-app/{partner}"

    def app(self) -> Starlette:
        async def jwks(request: Request) -> Response:
            key = self.keys[request.path_params["partner"]]
            return JSONResponse({"keys": [key.as_dict(private=False, use="sig", alg="ES256")]})

        return Starlette(routes=[Route("/{partner}/jwks", jwks)])

    def sign(
        self, partner: str, claims: Mapping[str, Any], key: ECKey | None = None, typ: str = "JWT"
    ) -> str:
        header = {"alg": "ES256", "kid": partner, "typ": typ}
        return jwt.encode(header, dict(claims), key or self.keys[partner], algorithms=["ES256"])


@dataclass(frozen=True)
class Network:
    """The card network, its own work done only when told."""

    party: CardNetworkApp
    store: Store

    async def work_once(self) -> None:
        await self.party._worker.work_once()

    async def unfinished(self) -> bool:
        """Whether transfers are still to be settled, or notices still to be taken by the bank."""
        query = network_outbox.select().where(network_outbox.c.state == "ready")
        return await self.store.read(lambda conn: conn.execute(query).first()) is not None


@dataclass(frozen=True)
class TestBank:
    """The core and everything around it."""

    __test__ = False

    core: CoreServices
    app: Starlette
    clock: FixedClock
    wires: Wires
    hosts: IdentityHosts
    network: Network
    http: HttpClient
    # The databases of the core and of the parties that keep some.
    stores: Mapping[str, Store]
    begun_at: datetime
    # Whether it may get back what an earlier bank lived: its settings are usual, and its code is not tampered with.
    shares_beginnings: bool
    _clients: dict[str, CoreBank] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.core.store

    @property
    def untouched(self) -> bool:
        """Whether nothing has happened here yet: no call was made, no fault set, and no time has passed."""
        armed = any(faults.listed() for faults in self.wires.faults.values())
        return self.shares_beginnings and not (self.wires.sent or armed) and self.clock.now() == self.begun_at

    def client(self, partner: str = "lyg") -> CoreBank:
        """Return the client that h5app would have for this partner: one, so that its access token is used again."""
        if partner not in self._clients:
            self._clients[partner] = CoreBank(
                self.http, "http://core-bank", f"h5app-{partner}", f"secret of {partner}"
            )
        return self._clients[partner]

    def staff(self) -> StaffCases:
        """Return the client of an operator who answers cases."""
        tokens = CoreTokens(self.http, "http://core-bank", "service-hzw", "service's secret")
        return StaffCases(CoreCalls(self.http, "http://core-bank", tokens))

    def staff_names(self) -> StaffNameChanges:
        """Return the client of an operator who decides about changes of names."""
        tokens = CoreTokens(self.http, "http://core-bank", "service-hzw", "service's secret")
        return StaffNameChanges(CoreCalls(self.http, "http://core-bank", tokens))

    def staff_freezes(self) -> StaffFreezes:
        """Return the client of an operator who freezes accounts."""
        tokens = CoreTokens(self.http, "http://core-bank", "service-hzw", "service's secret")
        return StaffFreezes(CoreCalls(self.http, "http://core-bank", tokens))

    def switches(self, operator: str = "duty") -> Switches:
        """Return the client of an operator who may stop and start: `duty` or `second`."""
        tokens = CoreTokens(self.http, "http://core-bank", f"{operator}-hzw", f"{operator}'s secret")
        return Switches(CoreCalls(self.http, "http://core-bank", tokens))

    def changes(
        self, what: Literal["product", "parameter"] = "product", who: str = "maker", layer: str = "hzw"
    ) -> Changes:
        """Return the client of a person who changes products and parameters: `maker` or `checker`."""
        tokens = CoreTokens(self.http, "http://core-bank", f"{who}-{layer}", f"{who}'s secret")
        return Changes(CoreCalls(self.http, "http://core-bank", tokens), what)

    def blacklist(self, who: str = "lister", bank_id: str = "hzw") -> StaffBlacklist:
        """Return the client of a person who keeps the bank's own list: `lister` or `approver`."""
        tokens = CoreTokens(self.http, "http://core-bank", f"{who}-{bank_id}", f"{who}'s secret")
        return StaffBlacklist(CoreCalls(self.http, "http://core-bank", tokens))

    def differences(self, operator: str = "clerk") -> StaffDifferences:
        """Return the client of a person who resolves differences: `clerk`, `supervisor` or `trainee`."""
        tokens = CoreTokens(self.http, "http://core-bank", f"{operator}-hzw", f"{operator}'s secret")
        return StaffDifferences(CoreCalls(self.http, "http://core-bank", tokens))

    def reviews(self, operator: str = "senior") -> StaffReviews:
        """Return the client of a person who decides: `junior` up to 20,000 yuan, `senior` and `elder` 500,000."""
        tokens = CoreTokens(self.http, "http://core-bank", f"{operator}-hzw", f"{operator}'s secret")
        return StaffReviews(CoreCalls(self.http, "http://core-bank", tokens))

    def context(self, partner: str = "lyg") -> Context:
        return self.core.context(PARTNERS[partner], PartnerClient(partner))

    def id_token(
        self,
        who: Person = LI,
        partner: str = "lyg",
        *,
        key: ECKey | None = None,
        typ: str = "JWT",
        **claims: Any,
    ) -> str:
        """The partner's word that it just saw this person's face; `claims` replace or, as None, remove some."""
        now = epoch(self.clock.wall())
        said = {
            "iss": self.hosts.issuer(partner),
            "sub": f"subject of {who.key}",
            "aud": f"sunbridge at {partner}",
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "acr": "urn:sunbridge:acr:face",
            "amr": ["face"],
            "face_evidence_id": "F1",
            "nonce": derive("nonce", HOLDER),
        } | claims
        return self.hosts.sign(partner, {k: v for k, v in said.items() if v is not None}, key, typ)

    def evidence(self, who: Person = LI, partner: str = "lyg", **claims: Any) -> Evidence:
        return Evidence(statement=self.id_token(who, partner, **claims), holder_secret=HOLDER)

    def statement(
        self, who: Person = LI, partner: str = "lyg", *, agreed: bool = False, **info: Any
    ) -> IdentityStatement:
        """What h5app hands over at login; `info` replaces claims of the userinfo.

        `agreed`: with the consent to it, as on first arrival.
        """
        said = {
            "iss": self.hosts.issuer(partner),
            "sub": f"subject of {who.key}",
            "aud": f"sunbridge at {partner}",
            "name": who.name,
            "id_type": "cn_id_card",
            "id_number": who.id_number,
            "phone_number": who.phone,
            "verified_at": epoch(self.clock.wall()),
        } | info
        kept = {k: v for k, v in said.items() if v is not None}
        return IdentityStatement(
            statement=self.id_token(who, partner),
            holder_secret=HOLDER,
            particulars=self.hosts.sign(partner, kept),
            given=self.agreement(partner) if agreed else None,
        )

    def agreement(self, partner: str = "lyg", purpose: str = "share_with_bank") -> GiveConsents:
        """The consent to what a partner hands over, as it comes with a first arrival."""
        text = self.context(partner).texts.current(PARTNERS[partner], purpose)
        return GiveConsents(consents=[ConsentGiven.model_validate(text.pinned())], session_ref="session-1")

    async def customer(self, who: Person = LI, partner: str = "lyg") -> Customer:
        """Identified at the partner's bank, and agreed to be."""
        return await self.client(partner).customers.identify(self.statement(who, partner, agreed=True))

    async def given(self, customer_id: str) -> list[str]:
        """The purposes that the customer agreed to, in alphabetical order."""
        return sorted(each.purpose for each in await self.client().consents.all(customer_id))

    async def consents(self, customer_id: str, purposes: Sequence[str], partner: str = "lyg") -> list[str]:
        """Gives consents to the current texts; returns their ids in that order."""
        texts = await self.client(partner).consents.texts(list(purposes))
        given = [ConsentGiven(purpose=t.purpose, version=t.version, sha256=t.sha256) for t in texts]
        command = GiveConsents(consents=given, session_ref="session-1")
        made = await self.client(partner).consents.give(customer_id, command, new_intent())
        return [consent.consent_id for consent in made]

    async def open_command(
        self, who: Person, customer_id: str, partner: str = "lyg", **other: Any
    ) -> OpenAccount:
        """A complete request to open an account with the person's first card; `other` replaces fields."""
        if "consent_ids" not in other:
            other["consent_ids"] = await self.consents(
                customer_id, ["account_terms", "face_processing", "card_debit"], partner
            )
        asked = {
            "card_number": who.cards[0].number,
            "card_phone": who.phone,
            "particulars": stated_by(who),
            "identity_images": other.get("identity_images")
            or await send_photographs(self.client(partner), customer_id),
            "evidence": self.evidence(who, partner),
        } | other
        return OpenAccount.model_validate(asked)

    async def account(self, who: Person = LI, partner: str = "lyg") -> Account:
        """A newly opened, empty account."""
        return await lived_once(self, ("account", who.key, partner), lambda: self._account(who, partner))

    async def _account(self, who: Person, partner: str) -> Account:
        customer = await self.customer(who, partner)
        command = await self.open_command(who, customer.customer_id, partner)
        order = await self.client(partner).accounts.open(customer.customer_id, command, new_intent())
        if order.state == "processing":  # a busy machine took longer than the answer waits
            await self.work()
            order = await self.client(partner).orders.get(order.intent)
        assert order.state == "succeeded", order
        return await self.client(partner).accounts.get(order.result["account_id"])

    async def funded_account(
        self, who: Person = LI, amount_fen: int = 100_000, partner: str = "lyg"
    ) -> Account:
        """A newly opened account, topped up from its card."""
        what = ("funded account", who.key, amount_fen, partner)
        return await lived_once(self, what, lambda: self._funded_account(who, amount_fen, partner))

    async def _funded_account(self, who: Person, amount_fen: int, partner: str) -> Account:
        account = await self.account(who, partner)
        order = await self.top_up(account.account_id, amount_fen, partner=partner)
        assert order.state == "succeeded", order
        return await self.client(partner).accounts.get(account.account_id)

    async def top_up(
        self, account_id: str, amount_fen: int, intent: str | None = None, partner: str = "lyg"
    ) -> Order:
        """A top-up, followed to its end."""
        order = await self.client(partner).top_ups.start(
            account_id, TopUp(amount_fen=amount_fen), intent or new_intent()
        )
        await self.work()
        return await self.client(partner).orders.get(order.intent)

    async def withdrawal(self, account_id: str, amount_fen: int, who: Person = LI) -> Withdraw:
        """A withdrawal as it is quoted now, with a fresh face."""
        ask = AskWithdraw(amount_fen=amount_fen)
        quote = await self.client().withdrawals.quote(account_id, ask)
        return Withdraw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=self.evidence(who))

    async def withdraw(self, account_id: str, amount_fen: int, who: Person = LI) -> Order:
        """A withdrawal, followed to its end."""
        command = await self.withdrawal(account_id, amount_fen, who)
        order = await self.client().withdrawals.start(account_id, command, new_intent())
        await self.work()
        return await self.client().orders.get(order.intent)

    async def work(self, seconds: int = 60) -> None:
        """Let network and core work until nothing is left to do, at most this long by the clock."""
        for _ in range(seconds):
            self.clock.advance(timedelta(seconds=1))
            await self.network.work_once()
            await self.core.worker.work_once()
            if not await self.unfinished() and not await self.network.unfinished():
                return

    async def unfinished(self) -> list[str]:
        """Kinds of the outside work that the core still has to do."""
        query = outbox.select().where(outbox.c.state == "ready")
        return [row.kind for row in await self.store.read(lambda conn: conn.execute(query).all())]

    async def messages(self, who: Person = LI) -> list[Message]:
        """What arrived on the person's phone, newest first."""
        response = await self.http.send(
            "GET", "http://messages/messages", repeatable=True, params={"phone": who.phone}
        )
        return [Message.model_validate(item) for item in response.json()["items"]]

    async def proof(self, partner: str = "lyg") -> ProofReport:
        """Run the proof. The loops that number events and link audit rows do not run here, so that is done first."""
        await number_events(self.core)
        await link_rows(self.core)
        return await self.store.read(lambda conn: prove(conn, self.context(partner), PROOFS))

    async def prove(self) -> None:
        """Every test that moves money ends here: both banks' books hold, every invariant of them."""
        for partner in BANKS:
            report = await self.proof(partner)
            assert report.holds, [item for item in report.items if not item.holds]


def new_intent() -> str:
    return secrets.token_urlsafe(18)


def core_settings(hosts: IdentityHosts, **other: Any) -> CoreSettings:
    """Two banks. The first has two partners, the second one."""
    banks = (
        Bank(
            bank_id="hzw",
            name={"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"},
            area=("3207 连云港市",),
            phone="0518-85500000",
            address="江苏省连云港市海州区示例路1号",
            account_prefix="623072",
            esign_secret=SecretStr("secret of hzw"),
            data_secret=DATA_SECRETS["hzw"],
        ),
        Bank(
            bank_id="hab",
            name={"zh": "海安滨河农村商业银行", "en": "Hai'an Riverside Rural Commercial Bank"},
            area=("3206 南通市",),
            phone="0513-88800000",
            address="江苏省南通市海安市示例路2号",
            account_prefix="623062",
            esign_secret=SecretStr("secret of hab"),
            data_secret=DATA_SECRETS["hab"],
        ),
    )
    clients = tuple(
        Client(
            client_id=f"h5app-{partner}",
            client_secret=SecretStr(f"secret of {partner}"),
            bank_id=bank_id,
            partner=partner,
            pages_url=f"https://h5/{partner}",
            app_name={"zh": f"{partner}应用", "en": f"{partner} app"},
            identity=OidcVerifierConfig(
                issuer=hosts.issuer(partner),
                audience=f"sunbridge at {partner}",
                jwks_url=f"{hosts.issuer(partner)}/jwks",
            ),
        )
        for partner, bank_id in PARTNERS.items()
    )
    operators = (
        Operator(client_id="operator-hzw", client_secret=SecretStr("operator's secret"), bank_id="hzw"),
        Operator(
            client_id="service-hzw",
            client_secret=SecretStr("service's secret"),
            bank_id="hzw",
            scopes=("cases", "accounts"),
        ),
        Operator(
            client_id="diligence-hzw",
            client_secret=SecretStr("diligence's secret"),
            bank_id="hzw",
            scopes=("due_diligence",),
        ),
        *(
            Operator(
                client_id=f"{name}-{layer}",
                client_secret=SecretStr(f"{name}'s secret"),
                bank_id=layer,
                scopes=("products", "parameters"),
            )
            for name in ("maker", "checker")
            for layer in ("province", "hzw", "hab")
        ),
        *(
            Operator(
                client_id=f"{name}-{bank_id}",
                client_secret=SecretStr(f"{name}'s secret"),
                bank_id=bank_id,
                scopes=("blacklist",),
            )
            for name in ("lister", "approver")
            for bank_id in ("hzw", "hab")
        ),
        *(
            Operator(
                client_id=f"{name}-hzw",
                client_secret=SecretStr(f"{name}'s secret"),
                bank_id="hzw",
                scopes=("switches", "dates"),
            )
            for name in ("duty", "second")
        ),
        *(
            Operator(
                client_id=f"{name}-hzw",
                client_secret=SecretStr(f"{name}'s secret"),
                bank_id="hzw",
                staff_id=f"staff-{name}",
                scopes=("reviews",),
                role=name,
                limit_fen=limit_fen,
            )
            for name, limit_fen in (("junior", 2_000_000), ("senior", 50_000_000), ("elder", 50_000_000))
        ),
        *(
            Operator(
                client_id=f"{name}-hzw",
                client_secret=SecretStr(f"{name}'s secret"),
                bank_id="hzw",
                scopes=("proof", "differences"),
                role=name,
                limit_fen=limit_fen,
            )
            for name, limit_fen in (("clerk", 5_000_000), ("supervisor", 5_000_000), ("trainee", 100))
        ),
    )
    plain = {
        "token_key": SecretStr("0123456789abcdef0123456789abcdef"),
        "audit_keys": (SecretStr("a key that stays the same in all tests"),),
        "audit_head": Path("audit_head.json"),
        "image_keys": (SecretStr("a key for photographs, the same in all tests"),),
        "banks": banks,
        "clients": clients,
        "operators": operators,
        "staff_provider": StaffProvider(
            issuer=hosts.issuer(STAFF),
            jwks_url=f"{hosts.issuer(STAFF)}/jwks",
            desk_id="desk",
            desk_secret=SecretStr("desk's secret"),
        ),
        "public_base_url": "https://core-bank",
        "authorisation_pages": {"tax": "https://data-sources/tax/authorize"},
        "esign_root": esign_authority().root_certificate,
    }
    return CoreSettings.model_validate(plain | other)


@cache
def esign_authority() -> AuthorityKeys:
    """The keys of e-sign's authority, whose root these cores trust."""
    seals = {"hzw": "海州湾农村商业银行", "hab": "海安滨河农村商业银行"}
    return create_authority(seals, datetime(2026, 1, 1, tzinfo=CHINA))


@asynccontextmanager
async def running_bank(
    database_url: str,
    folder: Path,
    clock: FixedClock,
    *,
    prepared: bool = False,
    shares_beginnings: bool = True,
    **settings: Any,
) -> AsyncIterator[TestBank]:
    """Run a core on `database_url`, its outside parties on files in `folder`.

    `prepared`: an earlier `running_bank` with the same settings has left these databases, so nothing is set up again.

    `shares_beginnings`: false where the test tampers with the code before the bank's beginning.
    """
    wires, hosts = Wires(), IdentityHosts()
    async with AsyncExitStack() as stack:
        stack.enter_context(stamina.set_testing(True, attempts=2))  # as many more tries, without the waits
        http = HttpClient(wires)
        stack.push_async_callback(http.aclose)
        urls = {party: f"http://{party.replace('_', '-')}" for party in PARTIES}
        parties = Parties(http, urls)

        stores = {"core_bank": Store(database_url)}
        for name in ("card_network", "messages", "data_sources"):
            stores[name] = Store(f"sqlite:///{folder / name}.sqlite")
        for store in stores.values():
            stack.callback(store.close)

        network = _network(stores["card_network"], clock, parties)
        if not prepared:
            await _issue_cards(network)
        messages_app = create_messages(MessagesSettings(), stores["messages"], clock, parties)
        sources = data_sources_settings(clock.today())
        data_app = create_data_sources(sources, stores["data_sources"], clock, parties)
        own = {"audit_head": folder / "audit_head.json", **settings}
        own["empty_database_url"] = postgresql.empty_database_url(database_url)
        app = create_app(core_settings(hosts, **own), stores["core_bank"], clock, parties)
        outside = {
            "card_network": service("card_network", network.party.routes()),
            "messages": messages_app,
            "data_sources": data_app,
            "esign": _esign_without_contracts(),
        }
        for party, one in {**outside, "gov_app": hosts.app(), "core_bank": app}.items():
            wires.connect(party, one)
        for one in (messages_app, data_app):
            await stack.enter_async_context(one.router.lifespan_context(one))
        if not prepared:
            await prepare(app.state.core)
        yield TestBank(
            app.state.core,
            app,
            clock,
            wires,
            hosts,
            network,
            http,
            stores,
            clock.now(),
            shares_beginnings and not settings,
        )


def data_sources_settings(begun_on: date) -> DataSourcesSettings:
    """The sources of the two banks, which know every persona."""
    banks = {
        bank_id: {
            "name": {"hzw": "海州湾农村商业银行", "hab": "海安滨河农村商业银行"}[bank_id],
            "secret": secret,
            "redirect_uris": [
                f"https://h5/{partner}/authorise/tax/return"
                for partner, of_bank in PARTNERS.items()
                if of_bank == bank_id
            ],
        }
        for bank_id, secret in DATA_SECRETS.items()
    }
    known_people = {"begun_on": begun_on, "people": _known_people()}
    return DataSourcesSettings.model_validate(
        {"base_url": "https://data-sources", "banks": banks, **known_people}
    )


def _esign_without_contracts() -> Starlette:
    """An e-sign that finds each name fit to be signed, and makes no contract: for tests that need none."""

    async def check(_request: Request) -> Response:
        return answer(SignerChecked())

    return service("esign", [Route("/signer-checks", check, methods=["POST"])])


def _network(store: Store, clock: FixedClock, parties: Parties) -> Network:
    key = ECKey.generate_key("P-256").as_pem(private=True).decode()
    settings = CardNetworkSettings(signing_key=SecretStr(key), cards=_issued_cards(), settle_after_s=0)
    return Network(CardNetworkApp(settings, store, clock, parties), store)


async def _issue_cards(network: Network) -> None:
    await network.store.write(lambda conn: network_metadata.create_all(conn))
    await network.store.write(lambda conn: seed(conn, _issued_cards()))


@cache
def _issued_cards() -> tuple[IssuedCard, ...]:
    return tuple(IssuedCard.model_validate(card) for one in PEOPLE for card in one.issued_cards)


@cache
def _known_people() -> list[Mapping[str, Any]]:
    return [known(one) for one in PEOPLE]


def caller_with(settings: CoreSettings, scope: str) -> Client | Operator:
    """Return a caller whose access token has this scope."""
    return next((each for each in settings.operators if scope in each.scopes), settings.clients[0])
