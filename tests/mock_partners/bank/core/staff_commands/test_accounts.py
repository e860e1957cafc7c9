"""The staff freezes an account on the command line and lifts that. The number is read from standard input."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_partners.bank.core.staff_commands import calling
from mock_partners.bank.core.staff_commands.accounts import main
from tests.support.houses.core import LI, TestBank
from tests.support.people.borrowers import books_hold

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)]
Run = Callable[..., str]
FREEZE = ("freeze-account", "--reason", "misuse", "--note", "a call")


class Wire:
    """The bank's own client, which outlives a command."""

    def __init__(self, bank: TestBank) -> None:
        self.send = bank.http.send

    async def aclose(self) -> None:
        """Leave it open."""


@pytest.fixture
def run(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command of the staff with a number on standard input; return what it prints."""
    secret = tmp_path / "secret"
    monkeypatch.setattr(calling, "HttpClient", lambda: Wire(bank))
    for name, value in (("URL", "http://core-bank"), ("OPERATOR_SECRET_FILE", str(secret))):
        monkeypatch.setenv(f"SUNBRIDGE_{'CORE_' if name == 'URL' else ''}{name}", value)

    def run(*arguments: str, number: str, operator: str = "service", code: int = 0) -> str:
        monkeypatch.setenv("SUNBRIDGE_OPERATOR", f"{operator}-hzw")
        secret.write_text(f"{operator}'s secret")
        monkeypatch.setattr("sys.stdin", io.StringIO(number))
        assert main(arguments) == code
        printed = capsys.readouterr()
        lines = (printed.err if code else printed.out).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("{"))

    return run


async def test_an_account_is_frozen_and_lifted_under_the_name_of_who_did_it(bank: TestBank, run: Run) -> None:
    account = await bank.account(LI)
    number = (await bank.client().accounts.get(account.account_id)).account_number or ""

    async def told(*arguments: str, **other: str | int) -> str:
        return await asyncio.to_thread(run, *arguments, **{"number": f"{number}\n", **other})

    frozen = await told(*FREEZE)
    assert frozen.startswith(f"account {account.last_four}: frozen by the bank\n")
    assert "freeze (misuse) by service-hzw: a call" in frozen
    assert number not in frozen
    assert (await told(*FREEZE, code=1)) == "refused: account.frozen_already\n"
    lifted = await told("lift-account", "--note", "she came\x1b[2J")
    assert lifted.startswith(f"account {account.last_four}: open\n")
    assert "lift by service-hzw: she came\N{REPLACEMENT CHARACTER}[2J" in lifted
    assert (await told("lift-account", "--note", "again", code=1)) == "refused: account.not_frozen\n"
    assert (await told(*FREEZE, number="6" * 19, code=1)) == "refused: account.unknown\n"
    assert "of 19 digits" in await told(*FREEZE, number="123", code=1)
    assert "refused" in await told(*FREEZE, operator="duty", code=1)
    await books_hold(bank)
