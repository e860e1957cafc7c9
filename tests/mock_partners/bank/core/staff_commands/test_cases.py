"""Staff list and answer cases on the command line, over HTTP and under their own name."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pytest

from mock_partners.bank.core.staff_commands.cases import main
from mock_partners.testing.running.local import RunningWorld, running_world
from tests.support.databases.proving import prove_books


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(tmp_path_factory.mktemp("world"), ["core_bank", "card_network"]) as running:
        yield running
        prove_books(running)


@pytest.fixture(autouse=True)
def operator(world: RunningWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNBRIDGE_CORE_URL", world.url("core_bank"))
    monkeypatch.setenv("SUNBRIDGE_OPERATOR", "service-hzw")
    secret = world.world.secrets.password_file("service_hzw")
    monkeypatch.setenv("SUNBRIDGE_OPERATOR_SECRET_FILE", str(secret))


def complain(world: RunningWorld) -> str:
    """Make a guest's complaint and return its number."""
    core, secret = world.url("core_bank"), world.world.secrets.password("h5app_lyg_core").get_secret_value()
    form = {"grant_type": "client_credentials"}
    token = httpx.post(f"{core}/oauth/token", data=form, auth=("h5app-lyg", secret)).json()["access_token"]
    made = httpx.post(
        f"{core}/complaints",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "one-complaint"},
        json={"note": "等了\x1b[2J一上午", "name": "王女士", "phone": "19900001111"},
    )
    return str(made.json()["number"])


def test_a_complaint_is_listed_shown_and_answered(
    world: RunningWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = complain(world)
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "1 open, 0 overdue\n" in listed
    assert number in listed
    assert "王女士" not in listed
    assert main(["show", number]) == 0
    assert "from 王女士, 19900001111, a guest" in (shown := capsys.readouterr().out)
    assert "等了\N{REPLACEMENT CHARACTER}[2J一上午" in shown, (
        "nothing that a person wrote commands the terminal"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("对不起，我们加了人手。\n"))
    assert main(["answer", number]) == 0
    assert "answered by service-hzw:\n对不起，我们加了人手。" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("别的"))
    assert main(["answer", number]) == 1
    assert capsys.readouterr().err == "refused: case.ended {'state': 'answered'}\n"


@pytest.mark.parametrize("typed", ["", "  \n", "长" * 401])
def test_an_answer_that_cannot_be_sent_is_refused_here(
    typed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["answer", "261124000000"]) == 1
    assert "1 to 400 characters" in capsys.readouterr().err


def test_a_missing_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUNBRIDGE_OPERATOR")
    assert main(["list"]) == 2
    assert "SUNBRIDGE_OPERATOR" in capsys.readouterr().err
