"""`python -m partner_adapters check`: a file explained in words, and tried against its hosts with an invented code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey

from partner_adapters.__main__ import main
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.partners.check.findings import Finding
from partner_adapters.partners.check.probe import INVENTED, probe
from tests.support.houses.exchange import NOW
from tests.support.houses.gov_app import super_app
from tests.support.houses.small_hosts import HOSTS, SmallHost
from tests.support.partner_examples import BLOCKS, example_partners, key_files, write_examples

pytestmark = pytest.mark.anyio
Twist = Callable[[SmallHost], object]


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_every_partner_of_a_file_is_explained_without_its_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = said(capsys, "check", write_examples(tmp_path))
    assert status == 0
    assert [line.partition(":")[0] for line in out.splitlines() if line and not line.startswith(" ")] == [
        "ebank",
        "haian",
        "zfb",
        "lyg",
        "mbank",
        "zj",
        "sfb",
    ]
    assert not [secret for secret in key_files().values() if secret in out]


@pytest.mark.parametrize(
    ("partner", "words"),
    [
        ("haian", "token: GET https://api.haian.example/open/oauth2/access_token, never repeated."),
        ("haian", "returns to /haian/callback with code and our state as state."),
        ("haian", "The bank asks the host itself (userinfo) with access_token, openid."),
        ("haian", "Refused (identity.virtual_account): is_snapshotuser != `0`"),
        ("sfb", "Our page calls the app's bridge (authTicket); without a bridge, the customer sees"),
        (
            "zj",
            "provided by https://assets.zj.example/zwjsbridge.js, which runs in that page; without a bridge",
        ),
        ("zj", "signed by gateway (HMAC-SHA256 in headers), never repeated."),
        ("zj", "Refused as a test identity: parse_json(data).testUser != `false`"),
        ("zj", "a browser with AlipayClient in its name is served by zfb"),
        ("sfb", "returns to /sfb/callback with ticket after a second ? and our state as state."),
        ("sfb", "No face check: customers use the check without a face."),
        ("sfb", "A part of it is decrypted with answers (sm4_ecb)."),
        ("zfb", "The bank checks the host's signature over the answer to user itself."),
        ("zfb", "isv.code-invalid = identity.code_replayed"),
        ("zfb", "Our page calls the app's bridge (authTicket); without a bridge, the customer sees"),
        ("zfb", "Only our own form ties the bridge's result to its attempt"),
        ("mbank", "The bank decrypts it too, and checks the sm2 signature itself."),
        ("ebank", "The partner's server posts one to /ebank/launch"),
        ("ebank", "the customer sees https://ebank.example/authn."),
        ("lyg", "OpenID Connect at https://login.lyg.example/citizens"),
        ("lyg", "drawdown: face at most 300 s ago"),
    ],
)
def test_one_partner_is_explained_in_words(
    partner: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = said(capsys, "check", write_examples(tmp_path), partner)
    assert words in out
    assert out.count("Accepted checks for each action") == 1


def test_a_hosts_script_in_the_page_of_a_face_check_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a bridge that the app puts in by itself, or one for the login alone, nothing is warned of."""
    block, warning = BLOCKS["ticket.md"][0], "the host's script runs in our origin during a session"
    face = "[partners.zj.identity.face]\n"
    by_script = face + 'bridge = { ability = "faceVerify", script = "https://assets.zj.example/b.js" }\n'
    status, out, _ = said(capsys, "check", write_examples(tmp_path, block.replace(face, by_script)))
    assert (status, out.count(f"WARNING: face.bridge.script: {warning}")) == (0, 1)
    for harmless in (block, block.replace(face, face + 'bridge = { ability = "faceVerify" }\n')):
        assert warning not in said(capsys, "check", write_examples(tmp_path, harmless))[1]


def test_a_wrong_file_is_refused_with_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_examples(tmp_path, BLOCKS["oauth2.md"][0].replace('code = "{code}"', 'code = "{cod}"'))
    status, out, err = said(capsys, "check", file)
    assert (status, out) == (1, "")
    assert "partners.haian.identity: login.steps.token.query: {cod} is not known here" in err


def test_a_partner_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said(capsys, "check", write_examples(tmp_path), "lygg")
    assert status == 1
    assert "partners.lygg" in err


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "partner_adapters"]
    done = subprocess.run(
        [*command, "check", write_examples(tmp_path), "sfb"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sfb: Sufuban (苏服办)")
    assert subprocess.run(command, capture_output=True).returncode == 2


async def tried(
    partner: str, folder: Path, twist: Twist = lambda host: None, host_clock: datetime = NOW
) -> list[Finding]:
    host = HOSTS[partner](FixedClock(NOW))
    twist(host)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = httpx.Response(200, text="page") if request.url.path in PAGES else host(request)
        answer.headers["date"] = format_datetime(host_clock, usegmt=True)
        return answer

    found = probe(
        example_partners(folder)[partner],
        FixedClock(NOW),
        "https://pages.example",
        httpx.MockTransport(handle),
    )
    return [finding async for finding in found]


PAGES = {
    "/oauth2/authorize",
    "/oauth2/publicAppAuthorize.htm",
    "/face/start",
    "/face/certify",
    "/certify",
    "/sso/mobile",
    "/sso/login",
}


@pytest.mark.parametrize("partner", HOSTS)
async def test_a_sound_block_is_found_good_by_its_host(partner: str, tmp_path: Path) -> None:
    findings = await tried(partner, tmp_path)
    assert [finding for finding in findings if not finding.ok] == []
    asked = {"identity.login", "identity.clock_skew_s"} | ({"identity.face"} if partner != "sfb" else set())
    assert {finding.key for finding in findings} >= asked


@pytest.mark.parametrize(
    ("partner", "twist", "key", "words"),
    [
        (
            "zj",
            lambda host: setattr(host, "clock", FixedClock(NOW + timedelta(seconds=200))),
            "login.steps.redeem",
            "'CLOCK_SKEW'",
        ),
        (
            "haian",
            lambda host: host.answers.update(
                access_token=httpx.Response(200, json={"errcode": 40013, "errmsg": "x"})
            ),
            "login.steps.token",
            "the host's error is '40013'",
        ),
        (
            "zfb",
            lambda host: setattr(host, "signing_key", "somebody"),
            "login.steps.token",
            "identity.bad_signature",
        ),
        (
            "sfb",
            lambda host: host.answers.update(ticketValidate=httpx.Response(502)),
            "login.steps.redeem",
            "status 502",
        ),
        (
            "zj",
            lambda host: host.answers.update(query=httpx.Response(404, text="nothing here")),
            "face.steps.query",
            "status 404",
        ),
        ("zj", lambda host: host.codes.update({INVENTED: "user-1"}), "login", "accepted an invented code"),
    ],
    ids=["clock", "unknown error", "signature", "down", "address", "accepts anything"],
)
async def test_what_does_not_work_is_told_with_its_key(
    partner: str, twist: Twist, key: str, words: str, tmp_path: Path
) -> None:
    wrong = [finding for finding in await tried(partner, tmp_path, twist) if not finding.ok]
    assert any(finding.key == f"identity.{key}" and words in finding.text for finding in wrong), wrong


# Hosts that bring people by themselves: the page that we send people to.
CHANNELS = {"mbank": "https://mbank.example/authn", "ebank": "https://ebank.example/authn"}
KEY = ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)


async def channel(
    partner: str,
    folder: Path,
    answers: Mapping[str, httpx.Response],
    host_clock: datetime = NOW,
    *,
    page: bool = True,
) -> tuple[list[Finding], list[httpx.URL]]:
    """What is found, and what was asked. `answers`: by path, instead of a page or a key."""
    asked: list[httpx.URL] = []
    usual = {"/authn": httpx.Response(200), "/jwks": httpx.Response(200, json={"keys": [KEY]})}

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        answer = {**usual, **answers}[request.url.path]
        answer.headers["date"] = format_datetime(host_clock, usegmt=True)
        return answer

    block = example_partners(folder)[partner]
    if not page:
        block = block.model_copy(update={"identity": block.identity.model_copy(update={"page": None})})
    found = probe(block, FixedClock(NOW), "https://pages.example", httpx.MockTransport(handle))
    return [finding async for finding in found], asked


@pytest.mark.parametrize("partner", CHANNELS)
async def test_the_page_of_a_channel_is_asked_as_a_person_would_be_sent_there(
    partner: str, tmp_path: Path
) -> None:
    findings, asked = await channel(partner, tmp_path, {})
    assert [finding for finding in findings if not finding.ok] == []
    keys = ["identity.jwks_url"] if partner == "ebank" else []
    assert [finding.key for finding in findings] == [*keys, "identity.page.url", "identity.clock_skew_s"]
    (page,) = [url for url in asked if url.path == "/authn"]
    assert str(page).startswith(CHANNELS[partner])
    assert page.params["return"] == f"https://pages.example/{partner}/callback"
    assert len(page.params["state"]) >= 32


@pytest.mark.parametrize(
    ("partner", "answers", "key", "words"),
    [
        (
            "mbank",
            {"/authn": httpx.Response(400)},
            "page.url",
            "status 400; expected: the host's page for our request; to mend: is https://pages.example/m",
        ),
        ("ebank", {"/authn": httpx.Response(502)}, "page.url", "https://ebank.example/authn answers with"),
        ("ebank", {"/jwks": httpx.Response(404)}, "jwks_url", "identity.unavailable"),
        ("ebank", {"/jwks": httpx.Response(200, text="<html>")}, "jwks_url", "identity."),
        ("ebank", {"/jwks": httpx.Response(200, json={"keys": []})}, "jwks_url", "0 keys"),
    ],
)
async def test_a_channel_that_does_not_work_is_told_with_its_key(
    partner: str, answers: Mapping[str, httpx.Response], key: str, words: str, tmp_path: Path
) -> None:
    findings, _ = await channel(partner, tmp_path, answers)
    (wrong,) = [finding for finding in findings if not finding.ok]
    assert wrong.key == f"identity.{key}"
    assert words in wrong.text


@pytest.mark.parametrize("partner", CHANNELS)
async def test_the_clock_of_a_channel_is_looked_at_too(partner: str, tmp_path: Path) -> None:
    findings, _ = await channel(partner, tmp_path, {}, NOW - timedelta(seconds=60))
    (wrong,) = [finding for finding in findings if not finding.ok]
    assert (wrong.key, wrong.text.partition("clock is ")[2]) == (
        "identity.clock_skew_s",
        "60 s behind ours; expected: less than 3 s; 10 s are allowed; to mend: set both clocks by NTP before "
        "customers are refused, or allow more (at most 60 s) here and at the core",
    )


@pytest.mark.parametrize(("partner", "asked_for"), [("mbank", []), ("ebank", ["/jwks"])])
async def test_a_channel_without_a_page_is_sent_nobody(
    partner: str, asked_for: list[str], tmp_path: Path
) -> None:
    findings, asked = await channel(partner, tmp_path, {}, page=False)
    assert [url.path for url in asked] == asked_for
    assert all(finding.ok for finding in findings)


@pytest.mark.parametrize(("ahead_s", "good"), [(0, True), (11, True), (-11, True), (60, False), (-60, False)])
async def test_the_clock_of_the_host_is_looked_at(ahead_s: int, good: bool, tmp_path: Path) -> None:
    findings = await tried("haian", tmp_path, host_clock=NOW + timedelta(seconds=ahead_s))
    assert [finding.ok for finding in findings if finding.key == "identity.clock_skew_s"] == [good, good]


@pytest.mark.parametrize(("ahead_s", "warns"), [(0, False), (2, False), (3, True), (-4, True)])
async def test_a_clock_three_seconds_off_is_warned_of_and_is_no_fault(
    ahead_s: int, warns: bool, tmp_path: Path
) -> None:
    findings = await tried("haian", tmp_path, host_clock=NOW + timedelta(seconds=ahead_s))
    clocks = [finding for finding in findings if finding.key == "identity.clock_skew_s"]
    assert [(finding.ok, finding.warns) for finding in clocks] == [(True, warns)] * 2


def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = BLOCKS["ticket.md"][1].replace("https://open.sfb.example", "http://127.0.0.1:1")
    file = write_examples(tmp_path, text)
    done = subprocess.run(
        [sys.executable, "-m", "partner_adapters", "check", file, "--live"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "FAULT: partners.sfb.identity.login.entry: http://127.0.0.1:1/sso/login" in done.stdout
    assert "FAULT: partners.sfb.identity.login.steps.redeem: " in done.stdout


async def test_an_openid_provider_is_tried_too(tmp_path: Path) -> None:
    async with super_app(tmp_path) as app:
        partner = example_partners(tmp_path)["lyg"].model_copy(update={"identity": app.configs["lyg"]})
        findings = [
            finding async for finding in probe(partner, app.clock, "http://localhost:8000", app.transport)
        ]
        assert [finding.text for finding in findings if finding.key == "identity.login"] == [
            "an invented code is refused as identity.code_replayed"
        ]
        assert all(finding.ok for finding in findings), findings


async def test_an_openid_provider_that_does_not_answer_as_we_ask_is_told_with_its_own_line(
    tmp_path: Path,
) -> None:
    async with super_app(tmp_path) as app:
        posting = app.configs["lyg"].model_copy(update={"response_mode": "form_post"})
        partner = example_partners(tmp_path)["lyg"].model_copy(update={"identity": posting})
        tried = probe(partner, app.clock, "http://localhost:8000", app.transport)
        faults = [finding.text async for finding in tried if not finding.ok]
        assert len(faults) == 1
        assert 'response_modes_supported is ["query"], without our form_post' in faults[0]
