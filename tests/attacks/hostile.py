"""Hostile requests, made from the route tables of h5app and of the core, so that a new route is tried by itself.

Each is an ordinary request that was spoilt in up to three ways. The lot of a seed is the same each time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from urllib.parse import quote, unquote, urlencode

METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "X" * 40,
)
# As they stand in an address, in place of an id or behind the path.
SEGMENTS = (
    "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2e%2e%5c", "%00", "a%00b", "%ED%A0%80", "%E4%BD", "%", "%zz",
    "%u0041",
    "%0d%0aX-Evil:%201", "%252e%252e%252f", quote("１２３"), quote("٣٤"), quote("\u202eabc"), "9" * 400, "A" * 9000,
    "a;b=c", "*", "~", "{}", "%7B%7D", quote("' OR '1'='1"), quote("<script>alert(1)</script>"), "-1", "0",
    "NaN", "null",
)  # fmt: skip
TAILS = ("/", "//", "/.", "/../", "%2f", ";x", "/%2e%2e/", ".json", "%20", "/" + "a/" * 200, "?", "#x")
TEXTS = (
    "", " ", "\x00", "\ud800", "\u202e", "１２３", "٣٤", "9" * 500, "-1", "0", "1e400", "NaN", "0.001", "1万",
    "true", "null",
    "<script>alert(1)</script>", "' OR '1'='1", "https://evil.example/", "//evil.example", "/\\evil.example",
    "\r\nX: 1",
    "{{7*7}}", "${7*7}", "长" * 2000, "../../etc/passwd", "\x1b[31m", "a" * 70_000,
)  # fmt: skip
# As they stand in a JSON document.
LITERALS = (
    "NaN", "-Infinity", "1e400", "-0", "1" + "0" * 400, "1" * 5000, "0.1", "true", "null", "[]", "{}", '"\\ud800"',
    '"\\u0000"', '"１２"', '"٣٤"', '"\\u202e"', "[" * 3000 + "]" * 3000, '"' + "a" * 70_000 + '"', '"1e5"',
    '"-0.00"', '" 1.00"',
    '"1.000"', '"NaN"', '"0x10"', '"1_000.00"', '""', "'x'", "undefined",
)  # fmt: skip
DOCUMENTS = (
    b"", b"null", b"[]", b'"x"', b"{", b"}", b"{}" * 2, b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b"\xff\xfe\x00", b"{'a': 1}", b'{"a": 1, "a": 2}', b'{"": ""}',
    b"\x00" * 100,
    b'{"__proto__": {"a": 1}}', b"<a/>", b"a=1&a=2", b"--x\r\n\r\n--x--", b"x" * 2_000_000,
)  # fmt: skip
TYPES = (
    "", "text/plain", "application/json; charset=utf-16", "application/xml", "multipart/form-data; boundary=x",
    "multipart/form-data", "application/x-www-form-urlencoded; charset=gbk", "APPLICATION/JSON",
    "application/json,text/html",
    "*/*", "a" * 5000, "application/x-www-form-urlencoded", "application/json",
)  # fmt: skip
HOSTS = (
    "evil.example",
    "localhost:1@evil.example",
    "",
    "a" * 3000,
    "[::1",
    "localhost:8000, evil.example",
    "\u00e9",
)
# Each is added to what a request has, so that some names come twice.
HEADERS = (
    ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-For", "1.2.3.4, " * 200),
    ("X-Forwarded-Proto", "javascript"),
    ("Forwarded", "host=evil.example"), ("X-Original-URL", "/lyg/me"), ("X-HTTP-Method-Override", "DELETE"),
    ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"),
    ("HX-Request", "true"),
    ("HX-Current-URL", "https://evil.example/"), ("Range", "bytes=0-1,2-3,5-"), ("If-None-Match", "*" * 500),
    ("Content-Length", "-1"), ("Content-Length", "999999999999"), ("Content-Encoding", "gzip"),
    ("Expect", "100-continue"),
    ("Transfer-Encoding", "chunked"), ("Accept-Language", "x" * 4000), ("Accept", "\x00"),
    ("User-Agent", "\x1b]0;x\x07" * 50),
    ("traceparent", "00-zz-zz-01"), ("X-Request-Id", "a\tb" * 100), ("Cookie", "a=b; " * 500),
    ("Idempotency-Key", "x"),
    ("Idempotency-Key", "\xff" * 30), ("Idempotency-Key", "k" * 5000), ("Authorization", "Basic Og=="),
    ("Authorization", "Bearer " + "a" * 9000), ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("X-Csrf-Token", "x"),
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A route of an application: `path` with `{parameters}`, and what an honest caller sends there."""

    app: str
    method: str
    path: str
    headers: Sequence[tuple[str, str]] = ()
    form: Mapping[str, str] | None = None
    document: Any = None


@dataclass(frozen=True)
class Hostile:
    """A request as it goes to an application. `path` and `query` are percent-encoded. `why`: how it was spoilt."""

    target: Target
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    why: list[str] = field(default_factory=list)


def spoilt(lot: Random, target: Target, ids: Mapping[str, Sequence[str]], cookies: Sequence[str]) -> Hostile:
    """Return one hostile request. `ids`: known values of each parameter. `cookies`: values of the Cookie header."""
    path = re.sub(r"{(\w+)}", lambda found: lot.choice(ids.get(found[1], ("x",))), target.path)
    body, headers = b"", list(target.headers)
    if target.app == "core_bank":
        headers.append(("Idempotency-Key", lot.randbytes(12).hex()))
    if target.form is not None:
        body = urlencode(target.form).encode()
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    elif target.document is not None:
        body = json.dumps(target.document).encode()
        headers.append(("Content-Type", "application/json"))
    if cookies:
        headers.append(("Cookie", lot.choice(cookies)))
    request = Hostile(target, target.method, path, "", headers, body)
    for spoil in lot.choices(WAYS, k=lot.choice([0, 1, 1, 2, 3])):
        request = replace(spoil(lot, request), why=[*request.why, spoil.__name__.strip("_")])
    return request


def _method(lot: Random, request: Hostile) -> Hostile:
    return replace(request, method=lot.choice(METHODS))


def _segment(lot: Random, request: Hostile) -> Hostile:
    segments = request.path.split("/")
    segments[lot.randrange(1, len(segments))] = lot.choice(SEGMENTS)
    return replace(request, path="/".join(segments))


def _tail(lot: Random, request: Hostile) -> Hostile:
    return replace(request, path=request.path + lot.choice(TAILS))


def _query(lot: Random, request: Hostile) -> Hostile:
    names = (
        "next",
        "lang",
        "ui",
        "amount",
        "term",
        "method",
        "saved",
        "cursor",
        "limit",
        "wait",
        "state",
        "code",
        "check",
    )
    pairs = [f"{lot.choice(names)}={_encoded(lot.choice(TEXTS))[:20_000]}" for _ in range(lot.randint(1, 5))]
    return replace(request, query="&".join([*pairs, lot.choice(["", "&&", "%00", "a", "=b", pairs[0]])]))


def _header(lot: Random, request: Hostile) -> Hostile:
    return replace(request, headers=[*request.headers, lot.choice(HEADERS)])


def _header_twice(lot: Random, request: Hostile) -> Hostile:
    return replace(request, headers=[*request.headers, *request.headers[-1:], *request.headers[:1]])


def _host(lot: Random, request: Hostile) -> Hostile:
    return replace(request, headers=[("Host", lot.choice(HOSTS)), *request.headers])


def _type(lot: Random, request: Hostile) -> Hostile:
    kept = [(name, value) for name, value in request.headers if name != "Content-Type"]
    return replace(request, headers=[*kept, ("Content-Type", lot.choice(TYPES))])


def _whole_body(lot: Random, request: Hostile) -> Hostile:
    return replace(request, body=lot.choice(DOCUMENTS))


def _part_of_body(lot: Random, request: Hostile) -> Hostile:
    """One field of the form or of the document, or one that is sent twice."""
    if request.target.form:
        pairs = list(request.target.form.items())
        name, value = lot.choice(pairs)
        hostile = _encoded(lot.choice(TEXTS))
        kept = [(other, text) for other, text in pairs if other != name or lot.random() < 0.3]
        return replace(request, body=f"{urlencode(kept)}&{quote(name)}={hostile}".encode())
    names = re.findall(rb'"(\w+)": ("[^"]*"|\d+|true|false|null)', request.body)
    if not names:
        return _whole_body(lot, request)
    name, value = lot.choice(names)
    literal = lot.choice(LITERALS).encode()
    pair = b'"' + name + b'": ' + value
    hostile = b'"' + name + b'": ' + literal
    either = [hostile, pair + b", " + hostile, hostile + b", " + pair, pair + b", " + pair]
    return replace(request, body=request.body.replace(pair, lot.choice(either), 1))


WAYS = (
    _method,
    _segment,
    _tail,
    _query,
    _header,
    _header_twice,
    _host,
    _type,
    _whole_body,
    *[_part_of_body] * 4,
)


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Given:
    """An answer. `fault`: what the application raised instead of answering, or after it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    fault: BaseException | None

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


async def ask(app: Any, request: Hostile) -> Given:
    """Hand the request to an application as a server would, without a client that mends it first."""
    headers = [(name.lower().encode(), value.encode("utf-8")) for name, value in request.headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": "http",
        "path": unquote(request.path), "raw_path": request.path.encode(), "query_string": request.query.encode(),
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 8000),
    }  # fmt: skip
    received, sent = [{"type": "http.request", "body": request.body, "more_body": False}], []

    async def receive() -> dict[str, Any]:
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    fault: BaseException | None = None
    try:
        await app(scope, receive, send)
    except Exception as raised:
        fault = raised
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    given = [(key.decode(), value.decode("latin-1")) for key, value in (start or {}).get("headers", [])]
    return Given(start["status"] if start else 500, given, body, fault)
