"""What each error means to the person at a page: whether something may have happened decides it."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.errors import classify
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import NotSent, OutcomeUnknown


def request(method: str) -> Request:
    return Request({"type": "http", "method": method, "headers": [], "path": "/"})


@pytest.mark.parametrize(
    ("method", "error", "status", "kind"),
    [
        ("GET", OutcomeUnknown("bank", "cut"), 503, "no_answer"),
        ("POST", OutcomeUnknown("bank", "cut"), 503, "unknown"),
        ("POST", NotSent("bank", "refused"), 503, "no_answer"),
        ("GET", DatabaseAway("gone"), 503, "no_answer"),
        ("POST", DatabaseAway("gone"), 503, "unknown"),
        ("POST", Problem(409, "quote.changed"), 409, "changed"),
        ("POST", Problem(422, "amount.malformed"), 422, "refused"),
        ("GET", Problem(500, "internal"), 502, "no_answer"),
        ("POST", Problem(413, "request.too_large"), 413, "too_large"),
        ("GET", HTTPException(404), 404, "not_found"),
        ("PUT", HTTPException(405), 405, "not_found"),
        ("POST", ClientDisconnect(), 400, "refused"),
        ("GET", KeyError("x"), 500, "fault"),
    ],
)
def test_an_error_says_whether_something_may_have_happened(
    method: str, error: Exception, status: int, kind: str
) -> None:
    failure = classify(request(method), error)
    assert (failure.status, failure.kind) == (status, kind)


def test_before_anything_began_a_lost_database_changed_nothing() -> None:
    assert classify(request("POST"), DatabaseAway("gone"), begun=False).kind == "no_answer"
