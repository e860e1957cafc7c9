"""The crash points themselves: known, documented, passed by the code, and tried."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_adapters.kit.durable import crash_points
from tests.faults.troubles import MATRIX
from tests.support.houses.webhooks import POINTS as OF_WEBHOOKS

PACKAGES = ("partner_adapters", "h5app", "mock_partners")


def passed_in_code() -> set[str]:
    """The first argument of every call of `reached`."""
    calls = (
        node
        for package in PACKAGES
        for file in Path(package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reached"
    )
    return {ast.literal_eval(call.args[0]) for call in calls}


def test_every_point_is_listed_passed_by_the_code_and_tried() -> None:
    tried = {trouble.crash_at for _, trouble in MATRIX if trouble.crash_at} | set(OF_WEBHOOKS)
    assert passed_in_code() == set(crash_points.POINTS)
    assert {switch.partition(":")[0] for switch in tried} == set(crash_points.POINTS)


def test_every_point_is_documented() -> None:
    documented = Path("docs/developers/faults.md").read_text()
    for point, meaning in crash_points.POINTS.items():
        assert f"| `{point}` | {meaning} |" in documented


def test_a_switch_that_names_no_point_ends_the_process_with_a_message() -> None:
    with pytest.raises(SystemExit, match=r"SUNBRIDGE_CRASH_AT.*before_comit.*before_commit"):
        crash_points.arm("before_comit:TopUp")


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The signals that this process would have sent itself. It is disarmed before and after."""
    signals: list[int] = []
    monkeypatch.setattr(crash_points.os, "kill", lambda _pid, number: signals.append(number))
    crash_points.arm("")
    yield signals
    crash_points.arm("")


def test_only_the_named_point_with_the_named_subject_kills(killed: list[int]) -> None:
    crash_points.reached("after_commit", "TopUp")
    crash_points.arm("after_commit:TopUp")
    crash_points.reached("after_commit", "Draw")
    crash_points.reached("before_commit", "TopUp")
    assert killed == []
    crash_points.reached("after_commit", "TopUp")
    crash_points.arm("after_commit")
    crash_points.reached("after_commit", "Draw")
    assert killed == [9, 9]
