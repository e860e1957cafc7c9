"""A start that cannot be is refused: one clear message that names what to change, no traceback, exit status 1."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from h5app.__main__ import main as h5app
from h5app.migrations import migrate as migrate_h5app
from h5app.partner_api.__main__ import main as partner_api
from mock_partners.__main__ import main as parties
from mock_partners.bank.core.migrations import migrate as migrate_core
from mock_partners.testing.registrations.h5app_config import write_config
from mock_partners.testing.running.settings import DemoSettings
from mock_partners.testing.worlds.server import listen
from partner_adapters.kit.durable.store import Store

ROOT = Path(__file__).parents[2]


def free_port() -> str:
    with listen(0) as listener:
        return str(listener.getsockname()[1])


Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """What `python -m …` says when it does not start: `refused(main, *words, PORT="8001")`."""
    for module in ("h5app.running", "mock_partners.__main__"):
        monkeypatch.setattr(f"{module}.configure_logs", lambda _party: None)

    def run(main: Callable[[list[str]], int], *words: str, **environment: str | None) -> str:
        for name, value in (complete(tmp_path) | environment).items():
            if value is None:
                monkeypatch.delenv(f"SUNBRIDGE_{name}", raising=False)
            else:
                monkeypatch.setenv(f"SUNBRIDGE_{name}", value)
        assert main(list(words)) == 1
        said = capsys.readouterr()
        assert said.out == ""
        return said.err.strip()

    return run


def complete(folder: Path) -> dict[str, str | None]:
    """Variables, without their prefix, with which each program would start."""
    config = folder / "sunbridge.toml"
    if not config.exists():
        write_config(DemoSettings(folder=folder).world(), config)
    return {
        "FOLDER": str(folder),
        "CONFIG": str(config),
        "SIGNING_KEYS": "k" * 40,
        "DATABASE_URL": f"sqlite:///{folder / 'h5app.db'}",
        "PORT": free_port(),
        "PARTNER_API_PORT": free_port(),
        "CORE_BANK_PORT": free_port(),
        "MESSAGES_PORT": free_port(),
    }


def from_the_future(url: str) -> None:
    store = Store(url)
    store.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    store.close()


def version(url: str) -> Any:
    store = Store(url)
    found = store.read_now(
        lambda conn: conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    )
    store.close()
    return found


def test_h5app_refuses_a_schema_that_it_does_not_know(
    refused: Refused, tmp_path: Path, database_url: str
) -> None:
    migrate_h5app(database_url)
    from_the_future(database_url)
    for words in ([], ["migrate"]):
        said = refused(h5app, *words, DATABASE_URL=database_url)
        assert said.startswith("SUNBRIDGE_DATABASE_URL: The database's schema is at step 9999")
        assert said.endswith("restore a backup from before.")
        assert "\n" not in said
    assert version(database_url) == "9999"


def test_the_core_refuses_a_schema_that_it_does_not_know(
    refused: Refused, tmp_path: Path, database_url: str
) -> None:
    migrate_core(database_url)
    from_the_future(database_url)
    said = refused(parties, "core_bank", CORE_BANK_DATABASE_URL=database_url)
    assert said.startswith("SUNBRIDGE_CORE_BANK_DATABASE_URL: The database's schema is at step 9999")
    assert "\n" not in said


NOWHERE = "postgresql+psycopg://sunbridge:a-password@127.0.0.1:1/nowhere"


def test_a_database_that_does_not_answer_is_named_without_its_password(
    refused: Refused, tmp_path: Path
) -> None:
    said = refused(h5app, DATABASE_URL=NOWHERE)
    assert said.startswith("SUNBRIDGE_DATABASE_URL: The database cannot be opened: ")
    of_core = refused(parties, "core_bank", CORE_BANK_DATABASE_URL=NOWHERE)
    assert of_core.startswith("SUNBRIDGE_CORE_BANK_DATABASE_URL: The database cannot be opened: ")
    assert "a-password" not in said + of_core


@pytest.mark.parametrize("path", ["/dev/null/h5app.db", "sunbridge.toml"])
def test_a_file_that_can_be_no_database_is_refused(refused: Refused, tmp_path: Path, path: str) -> None:
    url = f"sqlite:///{tmp_path / path}"
    said = refused(h5app, DATABASE_URL=url)
    assert said.startswith("SUNBRIDGE_DATABASE_URL: The database cannot be opened: ")


def test_a_taken_port_is_named_with_its_variable_and_nothing_is_changed(
    refused: Refused, tmp_path: Path
) -> None:
    with listen(0) as listener:
        port = str(listener.getsockname()[1])
        assert f"SUNBRIDGE_PORT: 127.0.0.1 port {port} cannot be used" in refused(h5app, PORT=port)
        said = refused(parties, "messages", MESSAGES_PORT=port)
    assert (
        said
        == f"Port {port} cannot be used (Address already in use); SUNBRIDGE_MESSAGES_PORT chooses another."
    )
    assert not (tmp_path / "h5app.db").exists()


@pytest.mark.parametrize(
    ("main", "variable"),
    [
        (h5app, "OPERATIONS_PORT"),
        (partner_api, "PARTNER_API_PORT"),
        (partner_api, "PARTNER_API_OPERATIONS_PORT"),
    ],
)
def test_each_port_of_a_program_is_named_by_its_own_variable(
    refused: Refused, tmp_path: Path, main: Callable[[list[str]], int], variable: str
) -> None:
    with listen(0) as listener:
        port = str(listener.getsockname()[1])
        assert f"SUNBRIDGE_{variable}: 127.0.0.1 port {port} cannot be used" in refused(
            main, **{variable: port}
        )
    assert not (tmp_path / "h5app.db").exists()


def test_a_missing_secret_is_named(refused: Refused, tmp_path: Path) -> None:
    assert refused(h5app, SIGNING_KEYS=None).startswith("SUNBRIDGE_SIGNING_KEYS_FILE: is missing")
    complete(tmp_path)
    (tmp_path / "secrets" / "main" / "h5app_lyg_core.txt").unlink()
    said = refused(h5app)
    assert "partners.lyg.core.client_secret: cannot read the file secrets/main/h5app_lyg_core.txt" in said


def test_a_wrong_configuration_is_named_by_its_key(refused: Refused, tmp_path: Path) -> None:
    assert refused(h5app, CONFIG="/nowhere.toml") == "/nowhere.toml:\n  cannot be read: FileNotFoundError"
    assert refused(h5app, DRAIN_S="-1").startswith("SUNBRIDGE_DRAIN_S: ")
    assert refused(parties, "messages", DRAIN_S="-1").startswith("SUNBRIDGE_DRAIN_S: ")


def test_traces_to_an_address_that_cannot_be_are_refused(refused: Refused) -> None:
    wrong = "http://collector.example:4318"
    said = "SUNBRIDGE_TRACES_URL: must begin with https:// (http:// only for loopback)"
    assert refused(h5app, TRACES_URL=wrong) == said
    assert refused(parties, "messages", TRACES_URL=wrong) == said


def test_a_party_whose_secret_is_empty_says_which_setting_lacks(refused: Refused, tmp_path: Path) -> None:
    world = DemoSettings(folder=tmp_path).world()
    world.secrets.password_file("core_tokens").write_text("")
    said = refused(parties, "core_bank")
    assert said == "core_bank: token_key: is empty"


def test_a_refused_process_ends_with_its_message_alone(tmp_path: Path) -> None:
    told = {f"SUNBRIDGE_{name}": value for name, value in complete(tmp_path).items() if value is not None}
    migrate_h5app(told["SUNBRIDGE_DATABASE_URL"])
    from_the_future(told["SUNBRIDGE_DATABASE_URL"])
    ended = subprocess.run(
        [sys.executable, "-m", "h5app"],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "is at step 9999" in ended.stderr
