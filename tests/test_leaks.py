"""The search for personal data after a run finds what is there, and fails the run."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from mock_partners.testing.people.personas import PEOPLE, person
from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone
from tests.support.leaks import PLAIN, found_below, found_in

ROOT = Path(__file__).parent.parent
LI = person("li_xiuying")


@pytest.mark.parametrize(
    "value", [LI.name, LI.name_en, LI.id_number, LI.phone, LI.address, LI.cards[0].number]
)
def test_each_kind_of_plain_value_is_found_and_not_repeated(value: str) -> None:
    [leak] = found_in(["harmless", f'{{"event": "x", "error": "({value})"}}'], "core.log")
    assert leak.startswith("core.log:2 shows the ")
    assert "li_xiuying" in leak
    assert value not in leak


@pytest.mark.parametrize("spelled", [json.dumps, quote, quote_plus, str.upper])
def test_a_value_is_found_however_it_is_written(spelled: Callable[[str], str]) -> None:
    for value in (LI.name, LI.name_en, LI.address):
        [leak] = found_in([f"GET /x?y={spelled(value)} done"], "core.log")
        assert "li_xiuying" in leak


def test_masked_values_are_no_leak() -> None:
    masked = [mask_name(LI.name), mask_id_number(LI.id_number), mask_phone(LI.phone), LI.cards[0].number[-4:]]
    assert list(found_in([" ".join(masked)], "core.log")) == []


def test_everybody_is_searched_for() -> None:
    assert len(PLAIN) >= 5 * len(PEOPLE)
    assert all(len(value) > 1 for value in PLAIN)


@pytest.fixture
def apart() -> Iterator[Path]:
    """A folder that this run's own search does not reach."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_logs_of_processes_are_searched_wherever_they_lie(apart: Path) -> None:
    (apart / "town" / "logs").mkdir(parents=True)
    (apart / "town" / "logs" / "h5app.log").write_text(f"one\n{LI.phone}\n", "utf-8")
    leaks, searched = found_below(apart)
    assert len(leaks) == 1
    assert searched == 2


LEAKING = """
import structlog
from prometheus_client import CollectorRegistry, Counter
from partner_adapters.kit.observed.spans import span

def test_passes(tmp_path):
    structlog.get_logger().info("request", reason={value!r})
    Counter("c", "", ("who",), registry=CollectorRegistry()).labels({value!r}).inc()
    with span("outbox", attributes={{"outcome": {value!r}}}):
        pass
    (tmp_path / "program.log").write_text({value!r}, "utf-8")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "status", "found"), [(LI.name, 1, 4), ("李*英", 0, 0)], ids=["plain", "masked"]
)
def test_a_run_whose_tests_pass_fails_by_what_they_leaked(
    apart: Path, value: str, status: int, found: int
) -> None:
    (apart / "test_it.py").write_text(LEAKING.format(value=value), "utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.support.leaks", "-c", os.devnull),
            *("--rootdir", apart, "--basetemp", apart / "base", apart / "test_it.py"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=apart,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert f": {found} found" in ran.stdout
