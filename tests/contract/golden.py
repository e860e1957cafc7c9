"""Golden exchanges: the wire as JSON, written down once, tested from both sides, because shared models hide drift.

`"<any>"` in an answer stands for a value that the party makes up: an id, a token, a moment.
"""

import json
from pathlib import Path
from typing import Any

import httpx

from partner_adapters.kit.web.calls.http_client import HttpClient

OPEN = ("<any>", "<token>")
FOLDER = Path(__file__).parent / "golden"
Exchange = dict[str, Any]


def exchanges(party: str) -> dict[str, Exchange]:
    """By name, in order: `request` {method, path, headers, body}, `status`, `answer`."""
    found: dict[str, Exchange] = json.loads((FOLDER / f"{party}.json").read_text())
    return found


async def play(http: HttpClient, url: str, exchange: Exchange, token: str = "") -> httpx.Response:
    """Ask exactly as written; `token` takes the place of `"<token>"`."""
    asked = exchange["request"]
    body = json.dumps(asked["body"]).replace("<token>", token) if "body" in asked else None
    return await http.send(
        asked["method"], url + asked["path"], repeatable=False, headers=asked.get("headers"), content=body
    )


def fits(golden: Any, found: Any) -> bool:
    """Equal, but for the values that the golden answer leaves open."""
    if golden in OPEN:
        return found not in (None, "")
    if isinstance(golden, dict):
        return (
            isinstance(found, dict)
            and golden.keys() == found.keys()
            and all(fits(value, found[key]) for key, value in golden.items())
        )
    if isinstance(golden, list):
        return (
            isinstance(found, list)
            and len(golden) == len(found)
            and all(fits(one, other) for one, other in zip(golden, found, strict=True))
        )
    return bool(golden == found)


class GoldenParty(httpx.AsyncBaseTransport):
    """Answers one exchange as written, after checking that the client asked as written."""

    def __init__(self, exchange: Exchange, **filled: str) -> None:
        self.exchange = exchange
        self.filled = filled

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = self.exchange["request"]
        assert (request.method, request.url.raw_path.decode()) == (asked["method"], asked["path"])
        for name, value in asked.get("headers", {}).items():
            assert request.headers[name] == value
        content = await request.aread()
        assert fits(asked.get("body"), json.loads(content) if content else None)
        return httpx.Response(self.exchange["status"], json=fill(self.exchange["answer"], self.filled))


def fill(golden: Any, values: dict[str, str]) -> Any:
    """The answer with its open places filled, by the name of their field."""
    if isinstance(golden, dict):
        return {
            key: values[key] if value == "<any>" else fill(value, values) for key, value in golden.items()
        }
    if isinstance(golden, list):
        return [fill(item, values) for item in golden]
    return golden
