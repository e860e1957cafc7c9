"""What every journey begins with, where its file says nothing else: one house a file, and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.house import House, house
from tests.journeys.modes import PHONE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def the_house(home: Path) -> Iterator[House]:
    """Each test is another person in it, or one who may have been there before."""
    with house(home) as running:
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone; `pytest.mark.browser_context_args(java_script_enabled=False)` makes it one without scripts."""
    return {**browser_context_args, **PHONE}
