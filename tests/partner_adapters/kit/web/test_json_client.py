"""The table of outcomes in the docstring of `json_client`, row by row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
import stamina

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import Command, Wire
from partner_adapters.kit.web.calls import json_client
from partner_adapters.kit.web.calls.http_client import (
    HttpClient,
    NotBegun,
    NotSent,
    OutcomeUnknown,
    Unanswered,
)
from partner_adapters.kit.web.calls.json_client import JsonClient, segment

pytestmark = pytest.mark.anyio


class Thing(Wire):
    name: str


class Change(Command):
    to: str


Do = Callable[[JsonClient], Awaitable[object]]
QUESTIONS: dict[str, Do] = {
    "get": lambda client: client.get("/things/1", Thing),
    "get_bytes": lambda client: client.get_bytes("/things/1/document"),
    "ask": lambda client: client.ask("/things/search", Change(to="x"), Thing),
}
COMMANDS: dict[str, Do] = {
    "post": lambda client: client.post("/things", Change(to="x"), Thing),
    "post_with_intent": lambda client: client.post("/things", Change(to="x"), Thing, intent="k1"),
    "delete": lambda client: client.delete("/things/1", Thing),
}
PROBLEM = {"status": 409, "code": "thing.gone"}


def no_connection(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def cut(_request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


def answering(status: int, **body: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(status, **body)  # type: ignore[arg-type]


# Row of the table: what happens → the outcome of a question, the outcome of a command.
ROWS: dict[str, tuple[Callable[[httpx.Request], httpx.Response], type | None, type | None]] = {
    "answered": (answering(200, json={"name": "a", "more": 1}), None, None),
    "refused": (answering(409, json=PROBLEM), Problem, Problem),
    "not sent": (no_connection, NotSent, NotSent),
    "unknown: broken": (cut, Unanswered, OutcomeUnknown),
    "unknown: 5xx with a problem": (
        answering(503, json={"status": 503, "code": "database.away"}),
        Unanswered,
        OutcomeUnknown,
    ),
    "not begun: 503 with a code that says so": (
        answering(503, json={"status": 503, "code": "party.closed"}),
        NotBegun,
        NotBegun,
    ),
    "unknown: 5xx of a gateway": (answering(502, text="<html>"), Unanswered, OutcomeUnknown),
    "malformed: 3xx": (answering(302, headers={"Location": "/"}), Unanswered, OutcomeUnknown),
    "malformed: 4xx": (answering(404, text="<html>"), Unanswered, OutcomeUnknown),
}
UNREADABLE = {
    "not JSON": {"text": "<html>"},
    "cut": {"text": '{"name": "a'},
    "mistyped": {"json": {"name": 1}},
}


class Tokens:
    """Provides numbered tokens, or none at all."""

    def __init__(self, works: bool = True) -> None:
        self.works = works
        self.number = 1

    async def get(self) -> str:
        if not self.works:
            raise OutcomeUnknown("tokens", "deadline passed")
        return f"t{self.number}"

    def forget(self, token: str) -> None:
        self.number += 1


class PartyClient(JsonClient):
    """Calls to a party that may be closed."""

    not_begun_codes = frozenset({"party.closed"})


def client_of(
    answer: Callable[[httpx.Request], httpx.Response], tokens: Tokens | None = None
) -> tuple[JsonClient, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    return PartyClient(HttpClient(httpx.MockTransport(handle)), "http://party", tokens), asked


async def outcome(do: Do, client: JsonClient) -> type | None:
    try:
        with stamina.set_testing(True, attempts=2):
            await do(client)
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("name", [*QUESTIONS, *COMMANDS])
async def test_each_row_has_one_outcome_for_questions_and_one_for_commands(row: str, name: str) -> None:
    answer, of_question, of_command = ROWS[row]
    client, _ = client_of(answer)
    expected = of_question if name in QUESTIONS else of_command
    assert await outcome((QUESTIONS | COMMANDS)[name], client) is expected


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("name", [*QUESTIONS, *COMMANDS])
async def test_an_unreadable_2xx_is_malformed(what: str, name: str) -> None:
    client, _ = client_of(answering(200, **UNREADABLE[what]))
    expected = {**dict.fromkeys(QUESTIONS, Unanswered), **dict.fromkeys(COMMANDS, OutcomeUnknown)}
    # A document is not read into a model: the caller compares its hash.
    assert await outcome((QUESTIONS | COMMANDS)[name], client) is (
        None if name == "get_bytes" else expected[name]
    )


@pytest.mark.parametrize("name", [*QUESTIONS, *COMMANDS])
async def test_without_a_token_nothing_is_sent(name: str) -> None:
    client, asked = client_of(answering(200, json={"name": "a"}), Tokens(works=False))
    assert await outcome((QUESTIONS | COMMANDS)[name], client) is NotSent
    assert asked == []


async def test_a_refused_token_is_replaced_once_and_no_more() -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    client, asked = client_of(answering(401, json={"status": 401, "code": "x"}, headers=challenge), Tokens())
    assert await outcome(COMMANDS["post"], client) is Problem
    assert [request.headers["authorization"] for request in asked] == ["Bearer t1", "Bearer t2"]


async def test_a_party_without_tokens_is_never_asked_twice_for_a_401() -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    client, asked = client_of(answering(401, json={"status": 401, "code": "x"}, headers=challenge))
    assert await outcome(COMMANDS["post"], client) is Problem
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("name", "times"),
    [("get", 3), ("get_bytes", 3), ("ask", 3), ("post", 1), ("post_with_intent", 3), ("delete", 3)],
)
async def test_what_may_be_repeated_is_sent_three_times_at_most(name: str, times: int) -> None:
    client, asked = client_of(cut)
    await outcome((QUESTIONS | COMMANDS)[name], client)
    assert len(asked) == times


def test_the_table_in_the_docstring_has_the_rows_that_are_tested() -> None:
    lines = (json_client.__doc__ or "").splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")][2:]
    written = {row[0].split(":")[0].split(" with ")[0]: (row[1], row[2]) for row in table}
    tested = {
        row.split(":")[0]: tuple("the answer" if kind is None else f"`{kind.__name__}`" for kind in kinds)
        for row, (_, *kinds) in ROWS.items()
    }
    assert written == tested


def test_a_segment_is_quoted_whole_and_never_leads_elsewhere() -> None:
    assert segment("a/b?c#d") == "a%2Fb%3Fc%23d"
    for given in ("", ".", ".."):
        with pytest.raises(Problem):
            segment(given)
