"""A partner API of a few lines, for tests of programs that call one. It also posts signed webhooks."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
AT = "2026-12-01T08:00:00.000Z"
PREFIX = "/partner/v1"


def launch(**changes: Any) -> dict[str, Any]:
    return {
        "id": "lch_1",
        "url": "https://bank.example/lyg/enter?launch=abc",
        "entry": "home",
        "entry_id": None,
        "external_reference": None,
        "state": "created",
        "with_person": False,
        "created_at": AT,
        "expires_at": AT,
        "opened_at": None,
        "signed_in_at": None,
    } | changes


def status(**changes: Any) -> dict[str, Any]:
    return {
        "object": "order",
        "id": "3F7K-21",
        "state": "succeeded",
        "kind": "drawdown",
        "external_reference": "shop-1",
        "sequence": 2,
        "changed_at": AT,
    } | changes


def endpoint(**changes: Any) -> dict[str, Any]:
    return {
        "id": "whk_1",
        "url": "https://shop.example/hook",
        "payload": "fat",
        "types": None,
        "state": "enabled",
        "disabled_reason": None,
        "created_at": AT,
    } | changes


def event(**changes: Any) -> dict[str, Any]:
    data = status(object="loan", id="loan_1", state="current", sequence=1, kind=None)
    return {"id": "evt_1", "type": "loan.drawn", "created_at": AT, "cursor": "c1", "data": data} | changes


class ScriptedPartnerApi:
    """Answers each `METHOD /path` with what `answers` holds: (status, content), or a function of query and body."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.headers: dict[str, str] = {}
        self.answers: dict[str, Any] = {
            "GET /openapi.json": (200, {}),
            "POST /token": (
                200,
                {"access_token": "t", "token_type": "Bearer", "expires_in": 600, "scope": ""},
            ),
            "POST /launches": lambda query, body: (
                201,
                launch(entry=body["entry"], external_reference=body.get("external_reference")),
            ),
            "GET /launches": (200, {"items": [], "next": None}),
            "GET /orders": lambda query, body: (
                200,
                {
                    "items": [status()] if query.get("external_reference", "shop-1") == "shop-1" else [],
                    "next": None,
                },
            ),
            "GET /orders/3F7K-21": (200, status()),
            "GET /events": lambda query, body: (
                200,
                {"items": [] if query.get("after") == "c1" else [event()], "next": "c1"},
            ),
            "GET /requests": (200, {"items": [], "next": None}),
            "GET /webhooks": (200, {"items": [endpoint()], "next": None}),
            "POST /webhooks/whk_1/replay": (200, endpoint()),
            "POST /sandbox/events": (204, None),
        }

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Any]:
        """Return status and content, and record what was asked."""
        parts = urlsplit(target)
        name = f"{method} {parts.path.removeprefix(PREFIX)}"
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        content = json.loads(body) if body[:1] == b"{" else None
        self.asked.append((name, query, content))
        problem = {"code": "order.unknown", "detail": "none is known", "request_id": "req_1"}
        found = self.answers.get(name, (404, problem))
        result: tuple[int, Any] = found(query, content) if callable(found) else found
        return result

    def of(self, name: str) -> list[tuple[dict[str, str], Any]]:
        """Return query and body of each request of this name."""
        return [(query, body) for asked, query, body in self.asked if asked == name]


def api_server(api: ScriptedPartnerApi) -> ThreadingHTTPServer:
    """Return a server of it on a free port of this machine, which does not serve yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            code, content = api.answer(self.command, self.path, body)
            sent = b"" if content is None else json.dumps(content).encode()
            self.send_response(code)
            for name, value in {"Content-Type": "application/json", **api.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


@contextmanager
def serve_partner_api() -> Iterator[ScriptedPartnerApi]:
    """Serve it until the end."""
    api = ScriptedPartnerApi()
    server = api_server(api)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def webhook(body: dict[str, Any], secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook that is signed now."""
    raw, now = json.dumps(body).encode(), datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": body["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(body["id"], now, raw.decode()),
    }
    return raw, headers


def told(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the body of a fat webhook about one loan."""
    data = status(object="loan", id="loan_1", state="current", kind=None, order="3F7K-21", sequence=sequence)
    return {
        "id": f"evt_{sequence}",
        "type": "loan.drawn",
        "timestamp": AT,
        "object": "loan",
        "object_id": "loan_1",
        "sequence": sequence,
        "test": False,
        "data": data,
    } | changes


def post_webhook(url: str, body: dict[str, Any], secret: str = SECRET) -> int:
    """Post a signed webhook, and return the status of the answer."""
    raw, headers = webhook(body, secret)
    return httpx.post(url, content=raw, headers=headers, timeout=10).status_code
