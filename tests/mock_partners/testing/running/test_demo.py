import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mock_partners.__main__ import main
from mock_partners.testing.registrations.h5app_config import write_own
from mock_partners.testing.registrations.partners import PARTNERS
from mock_partners.testing.running.demo import BESIDE, H5APP, MODULES, PARTNER_API, DemoFailed, check_ports
from mock_partners.testing.running.settings import DemoSettings, port_variable
from mock_partners.testing.worlds.server import listen
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.partners.file import load_partners

ROOT = Path(__file__).parents[4]
PROGRAMS = (*PARTIES, *MODULES)
STARTED_WITHIN_S = 100


def free_ports() -> dict[str, int]:
    """A free port for each program, all different."""
    held = [listen(0) for _ in PROGRAMS]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return dict(zip(PROGRAMS, ports, strict=True))


def command(folder: Path, ports: dict[str, int], *words: str) -> "subprocess.Popen[str]":
    chosen = {port_variable(program): str(port) for program, port in ports.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "mock_partners", *words],
        cwd=ROOT,
        env={**os.environ, **chosen, "SUNBRIDGE_FOLDER": str(folder), "SUNBRIDGE_DRAIN_S": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What the programs make must be private by itself.
        umask=0,
    )


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """Everything told up to the line with these words."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if words in line:
            return told
    raise AssertionError(f"ended without saying {words!r}:\n{told}")


@contextmanager
def demo(folder: Path, ports: dict[str, int], *more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    process = command(folder, ports, "demo", *more)
    try:
        yield process, read_until(process, "Stop with")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def readable_by_others(folder: Path) -> list[str]:
    """The folder itself and everything below it that is not its owner's alone."""
    found = (folder, *folder.rglob("*"))
    return [f"{path} {path.stat().st_mode:o}" for path in found if path.stat().st_mode & 0o077]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def child_of(process: "subprocess.Popen[str]", name: str) -> int:
    """The process id of one program of the demo."""
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        parts = stat_file.read_text().rpartition(")")[2].split()
        if int(parts[1]) == process.pid and name.encode() in (stat_file.parent / "cmdline").read_bytes():
            return int(stat_file.parent.name)
    raise AssertionError(f"{name} is not running")


def my_block(gov_app_port: int) -> dict[str, object]:
    """A developer's block that points to a mock host."""
    identity = {
        "dialect": "oidc",
        "issuer": f"http://127.0.0.1:{gov_app_port}/main/lyg",
        "client_id": "my-own-app",
        "client_auth": "client_secret_basic",
        "client_secret": {"file": "secret"},
    }
    return {"name": {"zh": "我的城市", "en": "My City"}, "bank": "hzw", "identity": identity}


@pytest.mark.slow
def test_one_command_starts_everything_prints_one_address_and_stops_cleanly(tmp_path: Path) -> None:
    ports = free_ports()
    for old in ("h5app.db", "logs/h5app.log", "worlds/main/core_bank.db"):
        (tmp_path / old).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / old).touch()
        (tmp_path / old).chmod(0o666)
        (tmp_path / old).parent.chmod(0o777)
    (tmp_path / "secret").write_text("of the developer")
    (tmp_path / "secret").chmod(0o600)
    mine = write_own(tmp_path / "mine.toml", "mine", my_block(ports["gov_app"]), {})
    with demo(tmp_path, ports, "--partner", str(mine)) as (process, told):
        assert "Your partner mine, 我的城市: " in told
        assert re.findall(r"https?://\S+", told) == [
            f"http://127.0.0.1:{ports['gov_app']}/main/lyg/",
            f"http://127.0.0.1:{ports['desk']}/main/",
            f"http://localhost:{ports[PARTNER_API]}/partner/v1",
            f"http://localhost:{ports[H5APP]}/mine/enter",
        ]
        login = httpx.get(f"http://localhost:{ports[H5APP]}/mine/enter")
        assert httpx.get(login.headers["location"]).status_code == 200
        make_key = subprocess.run(
            ["sh", "-c", told.partition("A key for one: ")[2].partition("\n")[0]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "secret=sk_sandbox_" in make_key.stdout
        sign_in = httpx.get(f"http://127.0.0.1:{ports['desk']}/main/", follow_redirects=True)
        assert "柜面工作台" in sign_in.text
        shell = httpx.get(re.findall(r"http://\S+", told)[0], follow_redirects=True)
        assert shell.status_code == 200
        assert "我的连云港" in shell.text
        login = httpx.get(f"http://localhost:{ports[H5APP]}/lyg/enter")
        assert login.headers["location"].startswith(
            f"http://127.0.0.1:{ports['gov_app']}/main/lyg/authorize?"
        )
        assert load_partners(tmp_path / "sunbridge.toml").keys() == {
            "mine",
            *(partner.id for partner in PARTNERS),
        }
        assert readable_by_others(tmp_path) == []

        os.kill(child_of(process, "messages"), signal.SIGKILL)
        assert "messages has ended (exit status -9)" in read_until(process, "messages has ended")
        assert httpx.get(f"http://127.0.0.1:{ports['gov_app']}/main/readyz").status_code == 200
    assert process.returncode == 0
    assert not any(map(listens, ports.values()))


def test_a_taken_port_is_named_with_the_way_to_another(tmp_path: Path) -> None:
    ports = free_ports()
    with listen(ports["esign"]):
        ended = command(tmp_path, ports, "demo")
        told, _ = ended.communicate(timeout=30)
    assert ended.returncode == 1
    assert f"Port {ports['esign']} for esign is in use" in told
    assert f"SUNBRIDGE_ESIGN_PORT={ports['esign'] + BESIDE} make demo" in told
    assert not (tmp_path / "logs").exists()


def test_no_suggested_port_is_used_by_the_demo_or_by_a_quickstart() -> None:
    settings = DemoSettings()
    ports = {settings.port(program) for program in PROGRAMS}
    documents = [path.read_text("utf-8") for path in (ROOT / "docs" / "partners").glob("quickstart-*.md")]
    used = ports | {int(port) for text in documents for port in re.findall(r"127\.0\.0\.1:(\d+)", text)}
    assert {8000, 9000} <= used
    assert {port + BESIDE for port in ports} & used == set()


def test_two_programs_with_one_port_are_found_before_anything_starts() -> None:
    ports = free_ports()
    chosen = {f"{program}_port": port for program, port in ports.items()}
    with pytest.raises(DemoFailed, match="for messages is in use"):
        check_ports(DemoSettings.model_validate({**chosen, "messages_port": ports["gov_app"]}))


@pytest.mark.parametrize(
    ("words", "said"), [(["nobody"], "invalid choice"), ([], "the following arguments are required")]
)
def test_a_wrong_word_is_answered_with_what_there_is(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert said in capsys.readouterr().err


def test_a_port_that_is_none_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(port_variable("gov_app"), "70000")
    assert main(["gov_app"]) == 1
    assert capsys.readouterr().err.startswith("SUNBRIDGE_GOV_APP_PORT: ")


def test_some_parties_run_in_one_process_and_share_the_clock(tmp_path: Path) -> None:
    ports = free_ports()
    process = command(tmp_path, ports, "messages", "data_sources")
    try:
        base = {party: f"http://127.0.0.1:{ports[party]}/main" for party in ("messages", "data_sources")}
        deadline = time.monotonic() + 30
        while not all(listens(ports[party]) for party in base) and time.monotonic() < deadline:
            time.sleep(0.05)
        answers = (
            httpx.post(f"{base['messages']}/_clock", json={"advance": "P30D"}),
            httpx.get(f"{base['data_sources']}/_clock"),
        )
        moved, seen = (datetime.fromisoformat(answer.json()["business"]) for answer in answers)
        # The second answer is later, perhaps in another minute, but nowhere near 30 days.
        assert timedelta() <= seen - moved < timedelta(hours=1)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
