"""The command line, against a scripted partner API on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sunbridge import cli, webhooks

from tests.support.houses.scripted_partner_api import (
    ScriptedPartnerApi,
    endpoint,
    event,
    serve_partner_api,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedPartnerApi]:
    with serve_partner_api() as served:
        for name, value in {
            "SUNBRIDGE_API_URL": served.url,
            "SUNBRIDGE_KEY_ID": "key_1",
            "SUNBRIDGE_SECRET": "sk_sandbox_1",
        }.items():
            monkeypatch.setenv(name, value)
        yield served


Run = Callable[..., list[str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, status: int = 0) -> list[str]:
        assert cli.main(arguments) == status
        caught = capsys.readouterr()
        return (caught.out if status == 0 else caught.err or caught.out).splitlines()

    return run


def test_launch_prints_the_address(api: ScriptedPartnerApi, run: Run) -> None:
    first, second = run("launch", "--entry", "credit", "--reference", "shop-1", "--lang", "en")
    assert first == "https://bank.example/lyg/enter?launch=abc"
    assert "opens once" in second
    assert api.of("POST /launches") == [
        ({}, {"entry": "credit", "external_reference": "shop-1", "lang": "en"})
    ]
    (line,) = run("launch", "--json")
    assert json.loads(line)["url"] == first


def test_an_order_is_found_by_either_reference(api: ScriptedPartnerApi, run: Run) -> None:
    by_own, by_ours = run("orders", "show", "shop-1"), run("orders", "show", "3F7K-21")
    assert by_own == by_ours
    assert by_own[0].startswith("3F7K-21  drawdown  succeeded")
    (said,) = run("orders", "show", "another", status=1)
    assert "order.unknown (404)" in said
    assert "req_1" in said


def test_listen_passes_events_on_as_webhooks_that_verify(api: ScriptedPartnerApi, run: Run) -> None:
    got: list[tuple[bytes, dict[str, str]]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.rfile.read(int(self.headers["content-length"])), dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    later = event(id="evt_2", cursor="c2")
    api.answers["GET /events"] = lambda query, body: (
        200,
        {"items": [later], "next": "c2"} if query.get("wait") else {"items": [], "next": "c1"},
    )
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    secret, line = (
        json.loads(one) for one in run("webhooks", "listen", "--forward", url, "--count", "1", "--json")
    )
    thread.join()
    server.server_close()
    assert webhooks.verify(*got[0], secret["secret"]).id == "evt_2"
    assert (line["id"], line["forwarded"]) == ("evt_2", "204")


def test_listen_begins_with_what_comes_from_now_on(api: ScriptedPartnerApi, run: Run) -> None:
    api.answers["GET /events"] = lambda query, body: (
        200,
        {"items": [event(id="evt_old")] if "after" not in query else [], "next": "c1"}
        if "wait" not in query
        else {"items": [event(id="evt_new", cursor="c2")], "next": "c2"},
    )
    (line,) = run("webhooks", "listen", "--count", "1", "--json")
    assert json.loads(line)["id"] == "evt_new"
    assert api.of("GET /events")[-1][0]["after"] == "c1"


def test_trigger_and_replay_say_what_they_did(api: ScriptedPartnerApi, run: Run) -> None:
    assert run("webhooks", "trigger", "loan.drawn") == [
        "loan.drawn: sent to your endpoints, marked as a test"
    ]
    run("webhooks", "replay", "whk_1", "--since", "2026-12-01T08:00:00+08:00")
    assert api.of("POST /webhooks/whk_1/replay") == [({}, {"since": "2026-12-01T08:00:00+08:00"})]
    (said,) = run("webhooks", "replay", "whk_1", "--since", "2026-12-01T08:00:00", status=1)
    assert "offset" in said


def test_a_key_pair_stays_with_its_owner(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    (made,) = run("keys", "new", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("keys", "show", str(file)) == [made]
    assert "d" not in json.loads(made)
    run("keys", "new", str(file), status=1)
    assert run("keys", "show", str(file)) == [made]


def test_doctor_finds_what_is_wrong(api: ScriptedPartnerApi, run: Run) -> None:
    found = run("doctor")
    assert f"ok: address: {api.url}" in found
    assert "ok: webhook: https://shop.example/hook is enabled" in found
    api.answers["GET /webhooks"] = (200, {"items": [endpoint(state="disabled")], "next": None})
    api.answers["GET /events"] = (403, {"code": "key.scope", "detail": "events:read is missing"})
    found = [json.loads(line) for line in run("doctor", "--json", status=1)]
    assert [one["result"] for one in found if one["what"] in ("events:read", "webhook")] == [
        "warning",
        "fault",
    ]
    api.headers = {"Sunset": "Sun, 01 Aug 2027 00:00:00 GMT"}
    assert any("will be switched off" in line for line in run("doctor", status=1))


def test_what_is_missing_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUNBRIDGE_API_URL", "SUNBRIDGE_KEY_ID", "SUNBRIDGE_SECRET", "SUNBRIDGE_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    (said,) = run("launch", status=1)
    assert "SUNBRIDGE_API_URL, SUNBRIDGE_KEY_ID, SUNBRIDGE_SECRET or SUNBRIDGE_PRIVATE_KEY_FILE" in said
    monkeypatch.setenv("SUNBRIDGE_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SUNBRIDGE_KEY_ID", "key_1")
    monkeypatch.setenv("SUNBRIDGE_SECRET", "s")
    assert run("doctor", status=1)[0].startswith("fault: address: http://127.0.0.1:9 does not answer")


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment in which our packages are linked, as `make venv` does it."""
    folder = tmp_path_factory.mktemp("linked")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    subprocess.run([folder / "bin" / "python", ROOT / "scripts" / "link-packages"], check=True)
    return folder / "bin"


def command(linked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    packages = [path for path in sys.path if path.endswith("site-packages")]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(packages)}
    return subprocess.run(
        [linked / "sunbridge", *arguments], env=env, cwd=linked, capture_output=True, text=True, check=False
    )


def test_the_platforms_commands_are_found_in_the_environment(linked: Path, tmp_path: Path) -> None:
    file = tmp_path / "partners.toml"
    block = command(linked, "partner", "new", "nantong", "--dialect", "sealed", "--file", str(file))
    assert block.returncode == 0, block.stderr
    assert "[partners.nantong.identity]" in file.read_text("utf-8")
    checked = command(linked, "partner", "check", str(file))
    assert checked.returncode == 1
    assert "partners.nantong.identity.cipher.key.file: is not filled in yet" in checked.stderr
    assert "revoke" in command(linked, "partner", "keys", "--help").stdout
    listed = command(linked, "--help").stdout
    assert "partner" in listed
    assert "doctor" in listed


def test_the_sdks_own_commands_load_nothing_of_the_platform(linked: Path) -> None:
    code = (
        "import sys; from sunbridge import cli; cli.parser(['doctor']);"
        "sys.exit(any(name.split('.')[0] in ('h5app', 'partner_adapters') for name in sys.modules))"
    )
    packages = [path for path in sys.path if path.endswith("site-packages")]
    env = {"PYTHONPATH": os.pathsep.join(packages)}
    assert subprocess.run([linked / "python", "-c", code], env=env, check=False).returncode == 0


def test_python_m_sunbridge_is_the_same_program() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "sdk" / "python" / "src")}
    said = subprocess.run(
        [sys.executable, "-m", "sunbridge", "--help"], env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("usage: sunbridge")
