"""A command of the staff says what could not be read, and takes a reader that leaves early for no fault."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mock_partners.bank.core.staff_commands.calling import SECRET_FILE, call_core
from partner_adapters.core_bank.calls import CoreCalls

# Answers more than a pipe holds, to a reader that has left.
COMMAND = """
import sys
from mock_partners.bank.core.staff_commands.calling import call_core

async def work(_core):
    for _ in range(20_000):
        print("parameters.cap_fen = 20000000")

sys.exit(call_core(work, "docs"))
"""


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The secret's file of an operator whom the environment names."""
    secret = tmp_path / "secret"
    secret.write_text("a-secret")
    monkeypatch.setenv("SUNBRIDGE_CORE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SUNBRIDGE_OPERATOR", "maker-hzw")
    monkeypatch.setenv(SECRET_FILE, str(secret))
    return secret


@pytest.mark.usefixtures("operator")
def test_a_reader_that_leaves_early_is_not_taken_for_an_unreadable_secret() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.stderr.decode(), done.returncode) == ("", 0)


def test_a_secret_that_cannot_be_read_is_named(operator: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def work(_core: CoreCalls) -> None:
        raise AssertionError("nothing is asked without the secret")

    operator.unlink()
    assert call_core(work, "docs") == 1
    assert capsys.readouterr().err == f"{SECRET_FILE}: cannot be read: No such file or directory\n"
    operator.write_bytes(b"\xff\xfe\xfa")
    assert call_core(work, "docs") == 1
    assert capsys.readouterr().err.startswith(f"{SECRET_FILE}: cannot be read: ")


@pytest.mark.usefixtures("operator")
def test_another_fault_of_the_machine_is_not_said_to_be_the_secrets() -> None:
    async def work(_core: CoreCalls) -> None:
        raise PermissionError("another file")

    with pytest.raises(PermissionError, match="another file"):
        call_core(work, "docs")
