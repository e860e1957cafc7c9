"""The sequence diagrams of docs/developers/flows.md are what runs: every recorded call is compared.

A citizen without scripts (`Browser`) walks the pages of a real house; what each program sends is recorded where all of
them send, in `HttpClient.send`. A diagram is read as a pattern: `par` in any order, `loop` once or more, `opt` once or
not at all, the rest exactly.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import BaseRoute, Match, Route

from h5app.routes import ROUTES
from mock_partners.bank.core.end_of_day import day_close
from mock_partners.bank.core.reconciliation import settlement
from mock_partners.outside.gov_app import routes as gov_app
from mock_partners.outside.gov_app.dialects import launch, push
from mock_partners.testing.people.personas import Person, person
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.journey import House, house
from tests.support.people.photographs import files_of

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parents[2] / "docs" / "developers" / "flows.md"
PATIENCE_S = 10
# After which the first instalment has been due.
DAYS = 32
# A little longer than the product's document asks for, by the server's clock.
READING_S = 5.5


# What happened


@dataclass(frozen=True)
class Call:
    caller: str
    callee: str
    # Method and route template.
    endpoint: str

    def __str__(self) -> str:
        return f"{self.caller}->>{self.callee}: {self.endpoint}"


@dataclass
class Recorder:
    """`calls` by flow; what comes while no flow is on is of no flow."""

    calls: dict[str, list[Call]] = field(default_factory=dict)
    flow: str = ""
    # Network location → party and its routes.
    origins: dict[str, tuple[str, Sequence[BaseRoute]]] = field(default_factory=dict)

    def note(self, caller: str, method: str, url: str) -> None:
        party, routes = self.origins[urlsplit(url).netloc]
        path = urlsplit(url).path.removeprefix("" if party == "h5app" else "/main")
        if self.flow:
            call = Call(caller, party, f"{method} {template(routes, method, path)}")
            self.calls.setdefault(self.flow, []).append(call)

    def count(self, wanted: str) -> int:
        return sum(wanted in str(call) for call in self.calls.get(self.flow, []))

    @contextmanager
    def recording(self, flow: str) -> Iterator[None]:
        self.flow = flow
        yield
        self.flow = ""

    def until(self, wanted: str, times: int = 1) -> None:
        """Wait for what happens by itself. Raises AssertionError."""
        deadline = time.monotonic() + PATIENCE_S
        while self.count(wanted) < times:
            assert time.monotonic() < deadline, f"{self.flow}: no {wanted} in {self.calls.get(self.flow)}"
            time.sleep(0.05)
        time.sleep(0.1)


# Behind `/{host}` the paths depend on the dialect: those of an OpenID host, and of the two that bring people.
HOSTS = [
    *(route for route in gov_app.ROUTES if isinstance(route, Route)),
    *(
        Route(f"/{{host}}{route.path}", route.endpoint, methods=route.methods)
        for route in (*gov_app.OIDC, *gov_app.SHELL, *push.ROUTES, *launch.ROUTES)
    ),
]


def template(routes: Sequence[BaseRoute], method: str, path: str) -> str:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            return route.path
    raise AssertionError(f"no route for {method} {path}")


# Who walks


@dataclass
class Browser:
    """A browser without scripts."""

    http: httpx.Client
    recorder: Recorder
    page: httpx.Response | None = None

    @property
    def text(self) -> str:
        assert self.page is not None
        return unescape(self.page.text)

    def get(self, url: str) -> None:
        self._send("GET", url)

    def follow(self, address: str) -> None:
        """The first link of the page whose address fits the pattern."""
        links = [unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', self.text)]
        found = [link for link in links if re.search(address, link)]
        assert found, f"no link {address} in {links}"
        self._send("GET", found[0])

    def submit(self, to: str = "", /, **typed: str) -> None:
        """The page's form whose action fits, its hidden fields as they stand, the rest as typed."""
        assert self.page is not None
        forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", self.page.text, re.S)
        for attributes, content in forms:
            action = re.search(r'action="([^"]+)"', attributes)
            target = unescape(action[1]) if action else str(self.page.url)
            if re.search(to, target) and "leave" not in target:
                hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', content)
                values = {name: unescape(value) for name, value in hidden} | typed
                files = files_of(attributes)
                self._send("POST" if "post" in attributes else "GET", target, values, files)
                return
        raise AssertionError(f"no form {to} on {self.page.url}: {self.text}")

    def until(self, words: str) -> None:
        """Reload until the page says so."""
        assert self.page is not None
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.text:
            assert time.monotonic() < deadline, f"never: {words}: {self.text}"
            time.sleep(0.5)
            self._send("GET", str(self.page.url))

    def _send(self, method: str, url: str, values: dict[str, str] | None = None, files: Any = None) -> None:
        at = httpx.URL(url) if self.page is None else self.page.url.join(url)
        self.recorder.note("citizen", method, str(at))
        if method == "GET":
            response = self.http.get(at, params=values) if values else self.http.get(at)
        else:
            origin = f"{at.scheme}://{at.netloc.decode()}"
            response = self.http.post(at, data=values, files=files, headers={"Origin": origin})
        if response.is_redirect:
            self.page = response
            self._send("GET", response.headers["location"])
            return
        assert response.status_code == 200, f"{method} {at}: {response.status_code} {response.text}"
        self.page = response


@dataclass(frozen=True)
class Walk:
    """One citizen's way, a flow a method. Each ends when what it set going has come to rest."""

    browser: Browser
    house: House
    recorder: Recorder
    who: Person

    def pass_face(self) -> None:
        self.browser.submit("authorize", person=self.who.key, outcome="pass")

    def home(self) -> None:
        self.browser.get(f"{self.house.h5app}/{self.who.partner}/")

    def login(self) -> None:
        self.browser.get(f"{self.house.h5app}/{self.who.partner}/enter")
        self.pass_face()
        assert "先问您同不同意" in self.browser.text
        self.browser.submit("arrive$", answer="agree")
        assert "您好" in self.browser.text

    def pre_credit(self) -> None:
        self.browser.submit()
        if "开通电子账户" not in self.browser.text:  # a busy machine: the order's own page comes first
            self.browser.until("看我的额度")
            self.home()

    def open_account(self) -> None:
        self.browser.follow("/account/open")
        self.browser.submit(
            occupation="farmer",
            address=self.who.address,
            expires=self.who.id_card_until,
            tax="yes",
            card_number=self.who.cards[0].number,
            card_phone=self.who.phone,
        )
        self.browser.submit()  # the photographs
        self._agree()
        self.browser.until("电子账户开通了")
        self.recorder.until("messages: POST /messages")

    def top_up(self) -> None:
        self.home()
        self.browser.follow("/top-up")
        self.browser.submit("/top-up$", amount="100")
        self._agree()
        self.browser.until("充值成功")
        self.recorder.until("core_bank: POST /notices")
        self.recorder.until("messages: POST /messages")

    def apply(self) -> None:
        self.home()
        self.browser.follow("/credit/")
        self.browser.submit(amount="80000", term="12", purpose="equipment", method="level_payment")
        while "同意这一项" in self.browser.text:
            self.browser.submit()
        self.browser.submit()
        self.browser.until("看合同并签署")
        self.recorder.until("messages: POST /messages")

    def read_contract(self) -> None:
        self.browser.follow("/contracts/")
        contract = self.browser.page
        self.browser.follow("/document$")
        self.browser.page = contract
        self.browser.follow("/costs$")

    def sign(self, costs: httpx.Response) -> None:
        self.browser.page = costs
        self._agree()
        self.browser.until("合同签好了")
        self.recorder.until("messages: POST /messages")

    def ask_for_draw(self) -> None:
        self.home()
        self.browser.follow("/draw$")
        self.browser.submit("/draw$", amount="20000", term="12", method="level_payment")

    def step_up(self) -> None:
        """The form comes back filled; nothing is done before its button is pressed again."""
        self._let_the_check_age()
        self.browser.submit("/draw$")
        self.pass_face()
        assert "刷脸已通过" in self.browser.text

    def confirm_draw(self) -> None:
        self.browser.submit("/draw$")
        self.browser.until("借款到账了")
        self.recorder.until("messages: POST /messages")

    def card_check(self) -> None:
        """Instead of the face check: the form comes back filled, too. The first drawdown is minutes ago."""
        self._let_the_check_age()
        self.browser.submit("/draw$", check_by="card", another="yes")
        self.browser.submit("card-check$", card_number=self.who.cards[0].number, card_phone=self.who.phone)
        self.browser.until("短信验证码")
        self.recorder.until("messages: POST /messages")
        self.browser.submit("card-check/code$", code=self._code_on_the_phone())
        assert "银行卡和短信已验证" in self.browser.text

    def _code_on_the_phone(self) -> str:
        came = httpx.get(f"{self.house.world.url('messages')}/messages", params={"phone": self.who.phone})
        return re.findall("验证码([0-9]{6})", came.text)[-1]

    def arrive(self, host: str) -> None:
        """From the tile of a host that brings people: the page says who would enter, the button enters."""
        self.browser.page = None
        self.browser.get(f"{self.house.phone(host)}open")
        assert "先问您同不同意" in self.browser.text
        self.browser.submit("arrive$", answer="agree")
        assert "确认进入" in self.browser.text
        self.browser.submit("arrive$")
        assert "您好" in self.browser.text

    def take_phone(self, host: str, who: str) -> None:
        self.browser.page = None
        self.browser.get(f"{self.house.phone(host)}me")
        self.browser.submit("me/person$", person=who)

    def repay(self) -> None:
        self.home()
        self.browser.follow("/loans$")
        self.browser.follow("/loans/")
        self.browser.follow("/repay$")
        self.browser.submit("/repay$", kind="part", amount="3000")
        self.browser.submit("/repay$")
        self.browser.until("还款成功")
        self.recorder.until("messages: POST /messages")

    def let_days_pass(self) -> None:
        self.house.world.clock.advance(timedelta(days=DAYS))
        self.recorder.until("GET /settlements/{day}", DAYS)
        self.recorder.until("messages: POST /messages")

    def _agree(self) -> None:
        ticks = re.findall(r'type="checkbox" id="[^"]+" name="([^"]+)"', self.browser.text)
        self.browser.submit(**dict.fromkeys(ticks, "yes"))

    def _let_the_check_age(self) -> None:
        self.house.age_sessions("checked_at", timedelta(minutes=6))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Call]]:
    recorder = Recorder()
    sent = HttpClient.send
    callers: dict[int, str] = {}

    async def noted(self: HttpClient, method: str, url: str, **options: Any) -> httpx.Response:
        recorder.note(callers.get(id(self), "h5app"), method, url)
        return await sent(self, method, url, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpClient, "send", noted)
        for job in (day_close, settlement):
            patch.setattr(job, "EVERY_S", 0.5)
            patch.setattr(job, "LEASE_S", 0.1)
        with house(tmp_path_factory.mktemp("house")) as running, httpx.Client() as http:
            for party, one in running.world.instances.items():
                callers[id(one.http)] = party
                routes = HOSTS if party == "gov_app" else one.app.routes
                recorder.origins[urlsplit(running.world.url(party)).netloc] = (party, routes)
            recorder.origins[urlsplit(running.h5app).netloc] = ("h5app", ROUTES)
            walk(Walk(Browser(http, recorder), running, recorder, person("li_xiuying")))
            running.proves()
    return recorder.calls


def walk(way: Walk) -> None:
    """A top-up passes the time for which the costs must be read."""
    recording = way.recorder.recording
    with recording("login"):
        way.login()
    with recording("pre-credit"):
        way.pre_credit()
    with recording("account-opening"):
        way.open_account()
    with recording("application"):
        way.apply()
    with recording("contract-signing"):
        way.read_contract()
    costs, begun = way.browser.page, time.monotonic()
    assert costs is not None
    with recording("top-up"):
        way.top_up()
    time.sleep(max(0.0, begun + READING_S - time.monotonic()))
    with recording("contract-signing"):
        way.sign(costs)
    with recording("drawdown"):
        way.ask_for_draw()
    with recording("step-up"):
        way.step_up()
    with recording("drawdown"):
        way.confirm_draw()
    with recording("repayment"):
        way.repay()
    way.ask_for_draw()
    with recording("card-check"):
        way.card_check()
    for host, who, flow in (("mbank", way.who.key, "arrival"), ("ebank", "xu_haifeng", "launch")):
        way.take_phone(host, who)
        with recording(flow):
            way.arrive(host)
    with recording("day-close"):
        way.let_days_pass()


# What the document says: a step is an arrow, or a block ("par", branches), ("opt", branch), ("star", branch)

Steps = tuple[Any, ...]
DIAGRAM = re.compile(r"```mermaid\nsequenceDiagram\n\s*%% (\S+)\n(.*?)```", re.S)
ARROW = re.compile(r"(\w+->>\w+: (?:GET|POST|DELETE) \S+)")


def diagrams() -> dict[str, Steps]:
    found = DIAGRAM.findall(DOCUMENT.read_text("utf-8"))
    return {flow: read(body) for flow, body in found}


def read(diagram: str) -> Steps:
    open_blocks: list[tuple[str, list[list[Any]]]] = [("", [[]])]
    for line in map(str.strip, diagram.splitlines()):
        word = line.partition(" ")[0]
        if word in ("par", "opt", "loop"):
            open_blocks.append((word, [[]]))
        elif word == "and":
            open_blocks[-1][1].append([])
        elif word == "end":
            kind, branches = open_blocks.pop()
            open_blocks[-1][1][-1].extend(_block(kind, [tuple(branch) for branch in branches]))
        elif arrow := ARROW.match(line):
            open_blocks[-1][1][-1].append(arrow[1])
    [(_, [steps])] = open_blocks
    return tuple(steps)


def _block(kind: str, branches: list[Steps]) -> Steps:
    if kind == "par":
        return (("par", tuple(branches)),)
    [branch] = branches
    return (("opt", branch),) if kind == "opt" else (*branch, ("star", branch))


def may_end(steps: Steps) -> bool:
    return all(
        not isinstance(step, str) and (step[0] != "par" or all(map(may_end, step[1]))) for step in steps
    )


def after(steps: Steps, call: str) -> Iterator[Steps]:
    """What may be left of `steps` once `call` has happened."""
    if not steps:
        return
    first, rest = steps[0], steps[1:]
    if isinstance(first, str):
        if first == call:
            yield rest
        return
    kind, inside = first
    if kind == "par":
        for number, branch in enumerate(inside):
            for left in after(branch, call):
                yield (("par", (*inside[:number], left, *inside[number + 1 :])), *rest)
    else:
        again = (first,) if kind == "star" else ()
        for left in after(inside, call):
            yield (*left, *again, *rest)
    if may_end((first,)):
        yield from after(rest, call)


def misfit(steps: Steps, calls: Sequence[str]) -> str | None:
    """The first thing in which `calls` are not what the diagram says; None where they fit."""
    left = {steps}
    for number, call in enumerate(calls):
        left = {rest for one in left for rest in after(one, call)}
        if not left:
            return f"call {number + 1}, {call}, is not in the diagram after {list(calls[:number])}"
    return None if any(map(may_end, left)) else f"ended before: {min(left, key=len)}"


@pytest.mark.parametrize("flow", diagrams())
def test_a_diagram_shows_the_calls_that_were_made(flow: str, recorded: dict[str, list[Call]]) -> None:
    assert misfit(diagrams()[flow], [str(call) for call in recorded[flow]]) is None


def test_every_recorded_flow_has_its_diagram(recorded: dict[str, list[Call]]) -> None:
    assert recorded.keys() == diagrams().keys()


@pytest.mark.parametrize(
    ("calls", "fits"),
    [
        ("ab ba c", True),
        ("ab ba c c", True),
        ("ba ab", False),
        ("ab c", False),
        ("ab ba d", False),
        ("ab ba c ab", False),
    ],
)
def test_a_diagram_that_says_otherwise_is_found(calls: str, fits: bool) -> None:
    drawn = """
        par
            a->>b: GET /
        and
            b->>a: GET /
            loop until it is known
                c->>a: GET /
            end
        end
        opt
            d->>a: GET /
        end
    """
    made = [f"{who[0]}->>{(who[1:] or 'a')}: GET /" for who in calls.split()]
    assert (misfit(read(drawn), made) is None) == fits
