"""An operator confirms the business date on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.bank.core.__main__ import main
from mock_partners.testing.running.local import RunningWorld, running_world
from tests.support.databases.proving import prove_books


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningWorld]:
    with running_world(tmp_path, ["core_bank", "card_network"]) as running:
        monkeypatch.setenv("SUNBRIDGE_CORE_URL", running.url("core_bank"))
        monkeypatch.setenv("SUNBRIDGE_OPERATOR", "duty-hzw")
        secret = running.world.secrets.password_file("duty_hzw")
        monkeypatch.setenv("SUNBRIDGE_OPERATOR_SECRET_FILE", str(secret))
        yield running
        prove_books(running)


def test_the_date_of_the_clock_is_confirmed_and_no_other(
    world: RunningWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    today = world.clock.today()
    assert main(["confirm-date", str(today)]) == 0
    assert f"business date {today}: open\n" in capsys.readouterr().out
    assert main(["confirm-date", str(today + timedelta(days=1))]) == 1
    assert "refused: business_date.differs" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["confirm-date", "tomorrow"])
