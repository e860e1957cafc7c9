"""A waiting page reloads at growing intervals, and ignores a wait in its address that is out of bounds."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from partner_adapters.kit.pages.polling import LONGEST_WAIT_S, Polling


def _request(query: str) -> Request:
    return Request({"type": "http", "method": "GET", "path": "/x", "query_string": query.encode(), "headers": [],
                    "server": ("h", 80), "scheme": "http"})  # fmt: skip


def test_each_wait_is_twice_as_long_up_to_the_longest() -> None:
    waits, query = [], ""
    for _ in range(6):
        polling = Polling.of(_request(query))
        waits.append((polling.wait_s, polling.is_slow))
        query = polling.address.partition("?")[2]
    assert waits == [(2, False), (4, False), (8, False), (16, True), (30, True), (30, True)]


@pytest.mark.parametrize("wait", ["-1", "1e9", "9999", "%C2%B2", "0", "x", ""])
def test_a_wait_out_of_bounds_becomes_the_first_wait(wait: str) -> None:
    assert Polling.of(_request(f"wait={wait}")).wait_s == 2


def test_no_wait_is_longer_than_the_longest() -> None:
    assert Polling.of(_request("wait=999")).wait_s == LONGEST_WAIT_S


def test_further_parameters_stay_in_the_next_address() -> None:
    polling = Polling.of(_request("other=1"), {"next": "/a?b=c"})
    assert polling.address == "/x?next=%2Fa%3Fb%3Dc&wait=4"
