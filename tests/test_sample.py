"""`make test` leaves out what PostgreSQL only repeats, and nothing that PostgreSQL alone can show."""

from __future__ import annotations

import pytest

from tests.support.sample import WHOLE, leave_out_repeats

pytest_plugins = ["pytester"]
REPEATED = """
import pytest

@pytest.fixture
def prepared_url(request):
    return request.param

on_both = pytest.mark.parametrize(
    "prepared_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
on_postgresql = pytest.mark.parametrize(
    "prepared_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

@on_both
def test_first(prepared_url): ...

@on_both
def test_second(prepared_url): ...

@on_postgresql
def test_locks_of_postgresql(prepared_url): ...
"""


def test_what_only_postgresql_can_show_stays_in_the_sample(pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\nmarkers =\n    postgresql\n    {WHOLE}")
    items = pytester.getitems(REPEATED)
    leave_out_repeats(items)
    assert [item.name for item in items if item.get_closest_marker(WHOLE)] == ["test_second[postgresql]"]
