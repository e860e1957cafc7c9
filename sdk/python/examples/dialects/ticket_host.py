"""A host of the dialect `ticket`, like 浙里办: it returns a ticket, and signed calls say whose it is.

    pip install sunbridge-sdk starlette uvicorn
    uvicorn ticket_host:app --port 9000

Our block is the first one of docs/partners/ticket.md, with this server as `api` and as `pages`. A launch needs nothing
of this: it leads to `/sso/mobile`. Your app's bridge returns the same tickets (docs/partners/bridges.md). The bank
asks again itself, with a key of its own.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from sunbridge import SignatureError
from sunbridge.identity import verify_headers

APP_ID = os.environ.get("HOST_APP_ID", "2001838292")
REDIRECT_URI = os.environ.get("HOST_REDIRECT_URI", "http://localhost:8000/zj/callback")
# The access keys of the bank's pages and of its core.
KEYS = {
    "BCDSGA_1f3c": os.environ.get("HOST_SECRET", "try-1"),
    "BCDSGA_2a4d": os.environ.get("HOST_BANK_SECRET", "try-2"),
}
# A ticket is redeemed at once. The bank asks again with tokens and checks a few minutes later.
LIFE_S, SKEW_S = {"ticket": 60, "token": 600, "check": 600}, 60
CHINA = timezone(timedelta(hours=8))

# Your database, and who is logged in. One customer here.
CUSTOMER = {
    "userid": "c-1001",
    "userName": "李秀英",
    "idType": "1",
    "idNo": "11010519491231002X",
    "phone": "19900000001",
    "userType": "person",
    "authLevel": "3",
}
# Tickets, tokens and checks: what each is, whose, and since when. In life a table.
issued: dict[str, tuple[str, str, float]] = {}


def issue(kind: str, owner: str) -> str:
    value = secrets.token_urlsafe(32)
    issued[value] = (kind, owner, time.time())
    return value


def find(kind: str, value: str) -> tuple[str, float]:
    """Return whose this value is, and since when. An empty owner: it is another thing, or too old."""
    stored, owner, since = issued.get(value, ("", "", 0.0))
    return (owner, since) if stored == kind and time.time() < since + LIFE_S[kind] else ("", 0.0)


def refuse(code: str) -> Response:
    return JSONResponse({"success": False, "errCode": code})


def page(app_id: str, address: str, parameter: str, kind: str) -> Any:
    """Return the page for a login or a check. Log the customer in there, or check the face. Then answer."""

    async def send_back(request: Request) -> Response:
        query = request.query_params
        # Compared exactly: another address would get the ticket.
        if query.get(app_id) != APP_ID or query.get(address) != REDIRECT_URI:
            return Response(f"unknown {app_id} or {address}", 400)
        answer = {parameter: issue(kind, CUSTOMER["userid"]), "sp": query["sp"]}
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(answer)}", 303)

    return send_back


async def read_call(request: Request, name: str) -> str:
    """Return a value of the body, after the signature of the headers. The body is not signed, so use TLS."""
    verify_headers(request.method, request.url.path, request.headers, KEYS, SKEW_S)
    return str((await request.json()).get(name))


async def redeem_ticket(request: Request) -> Response:
    """Redeem a ticket once."""
    ticket = await read_call(request, "ticketId")
    owner, _since = find("ticket", ticket)
    if not owner:
        return refuse("SSO_TICKET_INVALID")
    del issued[ticket]
    return JSONResponse({"success": True, "data": {"accessToken": issue("token", owner)}})


async def show_user(request: Request) -> Response:
    """Say whose token it is. The bank asks the same with the same token, minutes later."""
    if not find("token", await read_call(request, "token"))[0]:
        return refuse("SSO_TOKEN_INVALID")
    data = {"personInfo": CUSTOMER, "legalPerson": None, "testUser": False}
    return JSONResponse({"success": True, "data": json.dumps(data, ensure_ascii=False)})


async def show_check(request: Request) -> Response:
    """Say whose face fitted, and when: the same each time, to the pages and to the core."""
    number = await read_call(request, "certifyId")
    owner, since = find("check", number)
    if not owner:
        return refuse("CERTIFY_NOT_FOUND")
    checked_at = datetime.fromtimestamp(since, CHINA).strftime("%Y-%m-%d %H:%M:%S")
    data = {"userid": owner, "passed": True, "certifyType": "FACE", "certifyTime": checked_at}
    return JSONResponse({"success": True, "data": data | {"certifyId": number}})


async def refuse_signature(_request: Request, _error: Exception) -> Response:
    return refuse("SIGN_ERROR")


app = Starlette(
    routes=[
        Route("/sso/mobile", page("servicecode", "goto", "ticket", "ticket")),
        Route("/rest/sso/access_token", redeem_ticket, methods=["POST"]),
        Route("/rest/sso/getUserInfo", show_user, methods=["POST"]),
        Route("/face/certify", page("appId", "returnUrl", "certifyId", "check")),
        Route("/rest/face/query", show_check, methods=["POST"]),
    ],
    exception_handlers={SignatureError: refuse_signature},
)
