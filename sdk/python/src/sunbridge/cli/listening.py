"""`sunbridge webhooks listen|trigger|replay`."""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx

from sunbridge.cli.access import add_access, client, tell
from sunbridge.models import Event
from sunbridge.webhooks import PREFIX


def add_commands(commands: Any) -> None:
    group = commands.add_parser("webhooks", help="see, try and repeat webhooks")
    webhooks = group.add_subparsers(metavar="COMMAND", required=True)
    listen = webhooks.add_parser(
        "listen", help="print each event, and pass it on to a server on this machine"
    )
    add_access(listen)
    listen.add_argument("--forward", metavar="URL", help="post each event there as a signed webhook")
    listen.add_argument(
        "--after", metavar="CURSOR", help="begin behind this event; else only what comes from now on"
    )
    listen.add_argument("--count", type=int, help="end after so many events")
    listen.set_defaults(run=_listen)
    trigger = webhooks.add_parser("trigger", help="have a test event sent to your endpoints (sandbox)")
    add_access(trigger)
    trigger.add_argument("type", help="such as loan.drawn")
    trigger.set_defaults(run=_trigger)
    replay = webhooks.add_parser("replay", help="have an endpoint told again of everything since a moment")
    add_access(replay)
    replay.add_argument("endpoint")
    replay.add_argument(
        "--since", type=datetime.fromisoformat, required=True, metavar="2026-12-01T08:00:00+00:00"
    )
    replay.set_defaults(run=_replay)


def _listen(asked: argparse.Namespace) -> int:
    secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    if asked.forward:
        tell(asked, {"secret": secret}, f"Each event is posted to {asked.forward}, signed with {secret}")
    with client(asked) as sunbridge, httpx.Client(trust_env=False) as local:
        after = asked.after or _newest(sunbridge.events.list())
        for number, event in enumerate(sunbridge.events.follow(after=after), 1):
            answer = _forward(local, asked.forward, event, secret) if asked.forward else ""
            tell(asked, {**event.to_dict(), "forwarded": answer}, f"{_line(event)} {answer}".rstrip())
            if number == asked.count:
                return 0
    return 0


def _newest(events: Iterator[Event]) -> str | None:
    newest = None
    for event in events:
        newest = event.cursor
    return newest


def _forward(local: httpx.Client, url: str, event: Event, secret: str) -> str:
    body = json.dumps(_fat(event), ensure_ascii=False).encode()
    sent_at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{event.id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
    try:
        return str(local.post(url, content=body, headers=headers).status_code)
    except httpx.TransportError as error:
        return f"not delivered: {error}"


def _fat(event: Event) -> dict[str, Any]:
    data = event.to_dict()["data"]
    return {
        "id": event.id,
        "type": event.type,
        "timestamp": event.to_dict()["created_at"],
        "object": data["object"],
        "object_id": data["id"],
        "sequence": data["sequence"],
        "test": False,
        "data": data,
    }


def _line(event: Event) -> str:
    return f"{event.created_at:%H:%M:%S}  {event.type}  {event.data.id}  #{event.data.sequence}"


def _trigger(asked: argparse.Namespace) -> int:
    with client(asked) as sunbridge:
        sunbridge.sandbox.trigger(asked.type)
    tell(asked, {"type": asked.type}, f"{asked.type}: sent to your endpoints, marked as a test")
    return 0


def _replay(asked: argparse.Namespace) -> int:
    if asked.since.tzinfo is None:
        raise ValueError("--since needs an offset, such as +00:00 or +08:00")
    with client(asked) as sunbridge:
        endpoint = sunbridge.webhooks.replay(asked.endpoint, asked.since)
    tell(asked, endpoint.to_dict(), f"{endpoint.url}: told again of everything since {asked.since}")
    return 0
