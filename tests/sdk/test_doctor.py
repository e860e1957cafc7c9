"""The part `doctor`: each thing that may block us is found in a real page, with the line that mends it, within 10 s."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page
from playwright.sync_api import Route as Asked

from h5app.sdk.routes import versions
from h5app.sdk.webview import LINES
from tests.support.browsers.modes import PHONE
from tests.support.browsers.partners_page import partners_page
from tests.support.houses.site import Site, served

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "sdk/js/src/parts/doctor.js"
VERSION = versions()[-1]
FOLDER = f"/sdk/{VERSION}"
LIMIT_S = 10
# Where this partner's login page is: nothing listens there.
LOGIN = "https://identity.test"
TICKET = "provide: {authTicket: async () => 'T-1'}"
# Its page's developer calls the doctor with options written in JavaScript.
CALL = """async ([src, options, version, within]) => {
  const script = Object.assign(document.createElement("script"), { src, crossOrigin: "anonymous" });
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: () => reject(new Error("the doctor did not load")) });
    document.head.append(script);
  });
  const { doctor } = script.sunbridge;
  script.remove();
  return doctor(eval(`(${options})`), { version, within });
}"""
ANDROID = "Mozilla/5.0 (Linux; Android 8.1; phone; wv) AppleWebKit/537.36 Chrome/110.0 Mobile Safari/537.36"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 ArkWeb/4.1 Mobile"


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with partners_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        yield site


def entry(bank: Site, partner: str = "lyg") -> str:
    return f"entry: '{bank.base_url}/{partner}/enter'"


def examine(
    page: Page, bank: Site, options: str | None = None, version: str = VERSION, within_s: float = 9
) -> dict[str, dict[str, Any]]:
    """The report's checks by name. In every test the doctor ends in time and leaves nothing behind."""
    text = options if options is not None else f"{{{entry(bank)}, {TICKET}}}"
    history = page.evaluate("history.length")
    began = time.monotonic()
    report = page.evaluate(CALL, [f"{bank.base_url}{FOLDER}/doctor.js", text, version, within_s * 1000])
    assert time.monotonic() - began < within_s + 1
    assert page.locator("iframe, script").count() == 0
    assert page.evaluate("history.length") == history
    checks = {check["check"]: check for check in report["checks"]}
    assert report["version"] == version
    assert report["ok"] == all(check["state"] != "missing" for check in checks.values())
    for check in checks.values():
        assert set(check["message"]) == {"zh", "en"}
        assert all(check["message"].values())
        assert not re.search(r"\{\w+\}", f"{check['message']['zh']} {check['message']['en']} {check['line']}")
        assert (check["line"] is None) == (check["where"] is None)
    return checks


def states(checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What is not ok. What this partner's login page allows can never be seen."""
    found = {name: check["state"] for name, check in checks.items() if check["state"] != "ok"}
    assert found.pop("login_page", "") in ("unknown", "")
    return found


@pytest.fixture
def page(new_context: Any, app: str) -> Page:
    opened: Page = new_context(**PHONE).new_page()
    opened.goto(app)
    return opened


def test_where_nothing_blocks_us_every_check_is_ok_and_no_line_is_to_be_added(page: Page, bank: Site) -> None:
    checks = examine(page, bank)
    assert states(checks) == {}
    assert {name for name, check in checks.items() if check["line"]} == {"login_page"}


def test_a_policy_without_our_origin_names_the_whole_directive_to_write(
    page: Page, bank: Site, app: str
) -> None:
    ours = bank.base_url
    for policy, line in (
        ("frame-src 'self'", f"frame-src 'self' {ours}"),
        ("frame-src 'none'", f"frame-src {ours}"),
        ("child-src https://maps.example", f"frame-src https://maps.example {ours}"),
        (f"default-src 'self'; script-src 'unsafe-eval' {ours}", f"frame-src 'self' {ours}"),
    ):
        page.goto(f"{app}?csp={policy}")
        checks = examine(page, bank)
        assert checks["frame_src"]["line"] == line, policy
        assert states(checks) == {"frame_src": "missing"} | dict.fromkeys(
            ("server", "isolation", "partner", "frame_ancestors", "cookies", "post_body", "version"),
            "unknown",
        )


def test_a_policy_that_lets_only_the_doctor_in_blocks_the_other_parts(
    page: Page, bank: Site, app: str
) -> None:
    own = f"{bank.base_url}{FOLDER}/doctor.js"
    page.goto(f"{app}?csp=script-src 'unsafe-eval' {own}")
    checks = examine(page, bank)
    assert states(checks) == {"script_src": "missing"}
    assert checks["script_src"]["line"] == f"script-src 'unsafe-eval' {own} {bank.base_url}"


def test_the_published_policy_meets_no_violation(page: Page, bank: Site, app: str) -> None:
    ours = bank.base_url
    page.goto(f"{app}?csp=default-src 'none'; script-src 'unsafe-eval' {ours}; frame-src {ours} {LOGIN}")
    assert states(examine(page, bank)) == {}


@pytest.mark.parametrize("directive", ["frame-src", "child-src", "default-src 'none'; frame-src"])
def test_a_policy_without_the_login_pages_origin_is_told_with_both_origins(
    page: Page, bank: Site, app: str, directive: str
) -> None:
    page.goto(f"{app}?csp={directive} {bank.base_url}; script-src 'unsafe-eval' {bank.base_url}")
    checks = examine(page, bank)
    assert states(checks) == {"frame_src": "missing"}
    assert checks["frame_src"]["line"] == f"frame-src {bank.base_url} {LOGIN}"


def test_what_the_login_page_must_allow_is_said_though_it_cannot_be_seen(
    page: Page, bank: Site, app: str
) -> None:
    check = examine(page, bank)["login_page"]
    assert (check["state"], check["line"]) == ("unknown", f"frame-ancestors {app}")
    assert LOGIN in check["message"]["zh"]
    assert LOGIN in check["message"]["en"]


@pytest.mark.parametrize("policy", ["require-corp", "credentialless"])
@pytest.mark.parametrize("opener", ["same-origin", ""])
def test_a_page_whose_embedder_policy_keeps_frames_out_is_told_so(
    page: Page, bank: Site, app: str, policy: str, opener: str
) -> None:
    page.goto(f"{app}?coep={policy}&coop={opener}")
    assert page.evaluate("crossOriginIsolated") == bool(opener)
    checks = examine(page, bank)
    assert states(checks)["isolation"] == "missing"
    assert checks["isolation"]["line"] == "Cross-Origin-Embedder-Policy: unsafe-none"
    assert checks["server"]["state"] == "unknown"


def test_a_page_in_a_sandbox_is_told_so(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app}?csp=sandbox allow-scripts")
    checks = examine(page, bank)
    assert (checks["isolation"]["state"], checks["server"]["state"]) == ("missing", "unknown")
    assert "allow-same-origin" in checks["isolation"]["line"]
    assert "sandboxed" in checks["isolation"]["message"]["en"]


def test_a_page_around_this_one_that_the_bank_does_not_know_is_named(
    page: Page, bank: Site, app: str
) -> None:
    outer = app.replace("127.0.0.1", "other.localhost")
    page.goto(f"{outer}?frame={app}")
    inner = page.frames[1]
    assert inner.evaluate("document.readyState") == "complete"
    report = inner.evaluate(CALL, [f"{bank.base_url}{FOLDER}/doctor.js", f"{{{entry(bank)}}}", VERSION, 9000])
    (check,) = [check for check in report["checks"] if check["check"] == "frame_ancestors"]
    assert (check["state"], check["line"]) == ("missing", f'frame_ancestors = ["{outer}"]')
    assert outer in check["message"]["en"]


@pytest.mark.parametrize("address", ["", "entry: '/lyg/enter'", "entry: 'http://h5.bank.example/lyg/enter'"])
def test_an_address_that_is_not_the_banks_is_told(page: Page, bank: Site, address: str) -> None:
    checks = examine(page, bank, f"{{{address}}}")
    assert checks["entry"]["state"] == "missing"
    assert checks["entry"]["line"].startswith('entry: "http')


def test_an_entry_of_another_partner_is_told(page: Page, bank: Site) -> None:
    checks = examine(page, bank, f"{{{entry(bank)}, partner: 'haian'}}")
    assert checks["entry"]["line"] == f'entry: "{bank.base_url}/lyg/enter"'


def test_a_launch_is_never_asked_for_nor_opened(page: Page, bank: Site) -> None:
    page.evaluate("window.called = 0")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    checks = examine(page, bank, f"{{launchUrl: () => {{ called += 1; }}, partner: 'lyg', {TICKET}}}")
    assert states(checks) == {}
    text = f"{{launchUrl: '{bank.base_url}/lyg/arrive?launch=secret', {TICKET}}}"
    assert states(examine(page, bank, text)) == {}
    assert page.evaluate("called") == 0
    assert [url for url in asked if "launch" in url] == []


def test_a_partner_that_the_bank_does_not_know_is_told(page: Page, bank: Site) -> None:
    checks = examine(page, bank, f"{{{entry(bank, 'nosuch')}, {TICKET}}}")
    assert states(checks) == {"partner": "missing", "frame_ancestors": "unknown"}
    assert "nosuch" in checks["partner"]["message"]["en"]


def test_an_origin_that_the_bank_does_not_know_gets_the_line_to_send(
    page: Page, bank: Site, app: str
) -> None:
    other = app.replace("127.0.0.1", "other.localhost")
    page.goto(other)
    checks = examine(page, bank)
    assert states(checks) == {"frame_ancestors": "missing"}
    assert checks["frame_ancestors"]["line"] == f'frame_ancestors = ["{other}"]'
    assert "发给银行" in checks["frame_ancestors"]["where"]["zh"]


def test_a_server_that_is_not_there_is_told_and_a_silent_one_too(page: Page, bank: Site) -> None:
    for listens in (False, True):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            if listens:
                closed.listen(8)
            away = f"http://127.0.0.1:{closed.getsockname()[1]}"
            checks = examine(page, bank, f"{{entry: '{away}/lyg/enter', {TICKET}}}", within_s=2)
        assert checks["server"]["state"] == "missing"
        assert checks["server"]["line"] == f"{away}/sdk/probe"
        assert checks["cookies"]["state"] == "unknown"


def test_what_loading_took_is_taken_from_the_time_of_the_trials(page: Page, bank: Site) -> None:
    page.route("**/sdk/probe?**", lambda asked: None)
    page.route("**/texts.js", lambda asked: None)
    options = f"{{{entry(bank)}, provide: {{authTicket: () => new Promise(() => {{}})}}}}"
    found = states(examine(page, bank, options, within_s=1))
    assert found["server"] == "missing"
    assert (found["script_src"], found["bridge"]) == ("unknown", "unknown")


def test_a_phone_without_a_network_is_told_so(page: Page, bank: Site) -> None:
    page.evaluate("Object.defineProperty(navigator, 'onLine', {get: () => false})")
    page.route("**/sdk/probe?**", lambda asked: asked.abort())
    checks = examine(page, bank)
    assert checks["server"]["message"] == {"zh": "手机没有网络", "en": "The phone has no network"}


@pytest.mark.parametrize(
    ("provide", "state", "says"),
    [
        ("", "unknown", "provides no authTicket"),
        ("provide: {}", "unknown", "provides no authTicket"),
        ("provide: {authTicket: () => new Promise(() => {})}", "missing", "no ticket within 5 s"),
        ("provide: {authTicket: () => ''}", "missing", "no ticket"),
        ("provide: {authTicket: () => { throw {code: 'not_logged_in'}; }}", "unknown", "not_logged_in"),
        (TICKET, "ok", "answers"),
    ],
)
def test_the_apps_bridge_is_absent_silent_or_answers(
    page: Page, bank: Site, provide: str, state: str, says: str
) -> None:
    bridge = examine(page, bank, f"{{{entry(bank)}, {provide}}}")["bridge"]
    assert bridge["state"] == state
    assert says in bridge["message"]["en"]
    assert (bridge["line"] is None) == (state == "ok" or "not_logged_in" in says)


def alter(page: Page, method: str) -> None:
    """Let the app stand between: its requests of this method have no body, its answers no cookie."""

    def answer(asked: Asked) -> None:
        if asked.request.method != method:
            return asked.fallback()
        headers = {"Origin": asked.request.headers.get("origin", "")} if method == "POST" else {}
        got = httpx.request(method, asked.request.url, headers=headers)
        dropped = {"set-cookie", "content-length", "content-encoding"}
        kept = {name: value for name, value in got.headers.items() if name not in dropped}
        return asked.fulfill(status=got.status_code, body=got.text, headers=kept)

    page.route("**/sdk/probe?**", answer)


def lose_cookies(page: Page) -> None:
    """As a browser that stores none of a frame's cookies."""
    alter(page, "GET")


def empty_forms(page: Page) -> None:
    """As a web view that takes requests over and forgets their bodies."""
    alter(page, "POST")


def test_frames_without_cookies_are_told_with_what_follows(page: Page, bank: Site) -> None:
    lose_cookies(page)
    checks = examine(page, bank)
    assert states(checks) == {"cookies": "missing"}
    assert "whole window opens" in checks["cookies"]["message"]["en"]
    # This is a browser and not a web view: there is nothing to add.
    assert checks["cookies"]["line"] is None


def test_forms_that_the_app_empties_are_told(page: Page, bank: Site) -> None:
    empty_forms(page)
    assert states(examine(page, bank))["post_body"] == "missing"


def test_a_form_that_never_comes_back_is_not_known(page: Page, bank: Site) -> None:
    page.route("**/sdk/probe?**", lambda asked: None if asked.request.method == "POST" else asked.fallback())
    assert states(examine(page, bank, within_s=2)) == {"cookies": "unknown", "post_body": "unknown"}


@pytest.mark.parametrize(("agent", "system"), [(ANDROID, "android"), (IOS, "ios"), (HARMONY, "harmony")])
def test_an_app_gets_the_line_of_its_system(
    new_context: Any, bank: Site, app: str, agent: str, system: Any
) -> None:
    page = new_context(**PHONE, user_agent=agent).new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('denied'); }})"
    )
    page.goto(app)
    empty_forms(page)
    checks = examine(page, bank)
    assert checks["post_body"]["line"] == LINES["post"][system]
    assert checks["storage"]["line"] == LINES["storage"][system]


def test_an_old_browser_is_told_what_follows(new_context: Any, bank: Site, app: str) -> None:
    page = new_context(**PHONE).new_page()
    page.add_init_script("delete window.HTMLDialogElement")
    page.goto(app)
    checks = examine(page, bank)
    assert states(checks) == {"dialog": "missing"}
    assert checks["dialog"]["line"] is None


def test_a_page_that_is_not_secure_is_told(page: Page, bank: Site) -> None:
    page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    checks = examine(page, bank)
    assert states(checks) == {"secure_context": "missing"}
    assert checks["secure_context"]["line"].startswith("https://127.0.0.1")


@pytest.mark.parametrize(
    ("version", "newest", "state"),
    [
        ("2.0.0", "2.0.1", "missing"),
        ("2.9.0", "2.10.0", "missing"),
        ("9.0.0", "10.0.0", "missing"),
        ("2.10.0", "2.9.0", "ok"),
        ("2.0.0", "2.0.0", "ok"),
    ],
)
def test_an_outdated_sdk_is_told(page: Page, bank: Site, version: str, newest: str, state: str) -> None:
    bank.app.state.newest_sdk = newest
    try:
        check = examine(page, bank, version=version)["version"]
    finally:
        bank.app.state.newest_sdk = VERSION
    assert check["state"] == state
    if state == "missing":
        assert check["line"] == f"{bank.base_url}/sdk/{newest}/sunbridge.js"
        assert newest in check["message"]["zh"]


# As a page of a partner's asks: the module loads the part.
OPEN = """async ([src, options]) => {
  const { Sunbridge } = await import(src);
  return Sunbridge.doctor(eval(`(${options})`)).catch(({code, reason, docs}) => ({rejected: code, reason, docs}));
}"""


def ask(page: Page, bank: Site, options: str) -> dict[str, Any]:
    began = time.monotonic()
    report: dict[str, Any] = page.evaluate(OPEN, [f"{bank.base_url}{FOLDER}/sunbridge.js", options])
    assert time.monotonic() - began < LIMIT_S
    assert page.locator("iframe, script").count() == 0
    return report


def test_the_module_gives_the_parts_report_also_twice(page: Page, bank: Site, app: str) -> None:
    for _ in range(2):
        report = ask(page, bank, f"{{{entry(bank)}, {TICKET}}}")
        assert states({check["check"]: check for check in report["checks"]}) == {}
        assert (report["ok"], report["version"], report["origin"]) == (True, VERSION, app)
    # Without options it says that the address is missing.
    report = ask(page, bank, "undefined")
    assert report["checks"][0]["state"] == "missing"


def test_a_wrong_host_in_the_address_does_not_keep_the_doctor_away(page: Page, bank: Site) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        away = f"http://127.0.0.1:{silent.getsockname()[1]}"
        report = ask(page, bank, f"{{entry: '{away}/lyg/enter', {TICKET}}}")
    (server,) = [check for check in report["checks"] if check["check"] == "server"]
    assert (server["state"], server["line"]) == ("missing", f"{away}/sdk/probe")


def test_a_policy_that_blocks_the_doctor_itself_is_told_with_its_line(
    page: Page, bank: Site, app: str
) -> None:
    policy = f"script-src 'unsafe-eval' {bank.base_url}{FOLDER}/sunbridge.js"
    page.goto(f"{app}?csp={policy}")
    report = ask(page, bank, f"{{{entry(bank)}}}")
    assert (report["ok"], report["version"], report["origin"]) == (False, VERSION, app)
    (check,) = report["checks"]
    assert (check["check"], check["state"]) == ("script_src", "missing")
    assert check["line"] == f"{policy} {bank.base_url}"
    # The part says the same where the policy lets it in, but no other part.
    page.goto(f"{app}?csp={policy} {bank.base_url}{FOLDER}/doctor.js")
    (other,) = [
        each for each in ask(page, bank, f"{{{entry(bank)}}}")["checks"] if each["check"] == "script_src"
    ]
    assert {**check, "line": None} == {**other, "line": None}


@pytest.mark.parametrize(
    ("options", "reason", "docs"),
    [
        ("provide: null", "wrong_option", "#option-provide"),
        ("provide: {authTicket: 'T-1'}", "wrong_option", "#option-provide"),
        ("partner: 7", "wrong_option", "#option-partner"),
        ("provides: {}", "unknown_option", "#wrong_option"),
    ],
)
def test_an_option_that_is_wrong_or_unknown_is_refused_as_opening_refuses_it(
    page: Page, bank: Site, options: str, reason: str, docs: str
) -> None:
    told = ask(page, bank, f"{{{entry(bank)}, {options}}}")
    assert (told["rejected"], told["reason"]) == ("wrong_option", reason)
    assert told["docs"].endswith(docs)


def test_a_bundled_module_asks_the_apps_own_server_for_no_part(page: Page, bank: Site, app: str) -> None:
    source = httpx.get(f"{bank.base_url}{FOLDER}/sunbridge.js").text
    page.route(
        "**/bundle.js", lambda asked: asked.fulfill(body=source, headers={"content-type": "text/javascript"})
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    report = page.evaluate(OPEN, [f"{app}/bundle.js", f"{{{entry(bank)}, {TICKET}}}"])
    assert report["ok"]
    assert [url for url in asked if url.startswith(app)] == [f"{app}/bundle.js"]


def test_a_message_of_another_page_is_not_believed(page: Page, bank: Site) -> None:
    page.evaluate(
        """() => {
            const forged = {sunbridge: 1, nonce: '0'.repeat(32), type: 'probe', code: 'partner_unknown'};
            const forge = () => postMessage({...forged, cookies: false, body: false}, '*');
            setInterval(forge, 5);
        }"""
    )
    assert states(examine(page, bank)) == {}


def test_opening_in_a_page_within_such_a_page_is_refused_in_time(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app.replace('127.0.0.1', 'other.localhost')}?frame={app}")
    began = time.monotonic()
    told = page.frames[1].evaluate(
        """async ([src, entry]) => {
            const { Sunbridge } = await import(src);
            return Sunbridge.open({ entry, mode: "frame" }).result.catch(({ code, reason }) => [code, reason]);
        }""",
        [f"{bank.base_url}{FOLDER}/sunbridge.js", f"{bank.base_url}/lyg/enter"],
    )
    assert told == ["refused", "origin_not_allowed"]
    assert time.monotonic() - began < LIMIT_S


def test_the_partners_table_has_the_same_checks_and_lines() -> None:
    source = SOURCE.read_text("utf-8").partition("const CHECKS = {")[2].partition("\n};")[0]
    entries = dict(re.findall(r"^  (\w+): \[(.*?)\],\n(?=  \w+: \[|\Z)", source + "\n", re.M | re.S))
    said = {name: _lines(text) for name, text in entries.items()}
    table = (ROOT / "docs/partners/embedding.md").read_text("utf-8").partition("\n## What blocks us")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) ?\|$", table.partition("\n## ")[0], re.M)
    assert {name: set(re.findall(r"`([^`]+)`", lines)) for name, _, lines in rows} == said


# What stands in the docs' examples for what a page has.
EXAMPLES = {
    "{bank}": "https://h5.bank.example",
    "{frames}": "https://h5.bank.example",
    "{scripts}": "https://h5.bank.example",
    "{page}": "https://app.city.example",
    "{parent}": "https://app.city.example",
    "{host}": "app.city.example",
    "{newest}": "2.0.0",
    "{partner}/enter": "lyg/enter",
}


def _lines(text: str) -> set[str]:
    """The strings of a check that are lines: texts in two languages are parted by a bar."""
    strings = [one or two for one, two in re.findall(r"'([^'\n]*)'|\"([^\"\n]*)\"", text)]
    lines = {string for string in strings if "|" not in string}
    for name, example in EXAMPLES.items():
        lines = {line.replace(name, example) for line in lines}
    return lines
