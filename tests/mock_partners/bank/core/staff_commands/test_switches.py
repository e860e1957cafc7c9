"""Operators stop and start on the command line, over HTTP and under their own name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mock_partners.bank.core.staff_commands.switches import main
from mock_partners.testing.running.local import RunningWorld, running_world
from tests.support.databases.proving import prove_books

Run = Callable[..., str]
WHY = ["--bank", "hzw", "--reason", "双扣"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(tmp_path_factory.mktemp("world"), ["core_bank", "card_network"]) as running:
        yield running
        prove_books(running)


@pytest.fixture
def run(world: RunningWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as an operator; return what it prints."""

    def run(*arguments: str, operator: str = "duty", code: int = 0) -> str:
        monkeypatch.setenv("SUNBRIDGE_CORE_URL", world.url("core_bank"))
        monkeypatch.setenv("SUNBRIDGE_OPERATOR", f"{operator}-hzw")
        secret = world.world.secrets.password_file(f"{operator}_hzw")
        monkeypatch.setenv("SUNBRIDGE_OPERATOR_SECRET_FILE", str(secret))
        assert main(arguments) == code
        printed = capsys.readouterr()
        # The core runs in this process and logs there too.
        lines = (printed.err if code else printed.out).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("{"))

    return run


def test_one_stops_two_start_and_everyone_sees_it(run: Run) -> None:
    assert "bank hzw: 0 stopped\n" in run("switches")
    stopped = run("stop", "draw", *WHY, "--until", "2099-11-30T18:00")
    assert stopped.startswith("action/drawdown: stopped until 2099-11-30 18:00\n  by duty-hzw at ")
    assert "1 stopped" in run("switches", "--bank", "hzw", operator="second")
    asked = run("start", "drawdown", *WHY)
    assert "start at once proposed by duty-hzw, waits for a second operator: 双扣" in asked
    assert run("start", "action/drawdown", *WHY, operator="second") == "action/drawdown: running\n"
    listed = run("switches")
    assert "0 stopped" in listed
    assert (
        "never stopped: account_freezing, account_closing, withdrawal, repayment, limit_change, complaint"
        in listed
    )
    assert "action/drawdown start confirmed until" in listed


def test_what_cannot_be_stopped_is_refused_plainly(run: Run) -> None:
    assert run("stop", "repayment", *WHY, code=1) == "refused: switch.never_stopped\n"
    assert "none of: action/account_opening," in run("stop", "lending", *WHY, code=1)
    assert "more than one of: " in run("stop", "c", *WHY, code=1)
    assert "belongs to the bank hzw, not to hab" in run(
        "stop", "draw", "--bank", "hab", "--reason", "r", code=1
    )
    assert "2026-11-30T18:00" in run("stop", "draw", *WHY, "--until", "2099-11-30", code=1)
    assert "bank hzw: 0 stopped" in run("switches")
