"""A host of the dialect `oauth2`, like WeChat: it returns a code, and calls say whose it is and whose face fitted.

    pip install starlette uvicorn
    uvicorn oauth2_host:app --port 9000

Our block is the first one of docs/partners/oauth2.md, with this server as `api` and as `pages`. A launch needs nothing
of this: it leads to `/oauth2/authorize`. The bank asks again itself, with an id and a secret of its own.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

# The pages of the bank, to which alone customers return, and the bank's core.
PAGES, CORE = os.environ.get("HOST_APP_ID", "wx5f2c8d01"), os.environ.get("HOST_BANK_ID", "wx5f2c8d02")
SECRETS = {
    PAGES: os.environ.get("HOST_APP_SECRET", "try-1"),
    CORE: os.environ.get("HOST_BANK_SECRET", "try-2"),
}
REDIRECT_URI = os.environ.get("HOST_REDIRECT_URI", "http://localhost:8000/haian/callback")
# A code is exchanged at once. The bank asks again with tokens and checks a few minutes later.
LIFE_S = {"code": 60, "token": 600, "check": 600, "app": 600}

# Your database, and who is logged in. One customer here.
CUSTOMER: dict[str, Any] = {
    "openid": "c-1001",
    "name": "李秀英",
    "id_type": "1",
    "id_card": "11010519491231002X",
    "mobile": "19900000001",
    "user_type": "1",
    "auth_level": "3",
    # 1 for a visitor without an account, who must not get through.
    "is_snapshotuser": 0,
}
# Codes, tokens and checks: what each is, whose, and since when. In life a table.
issued: dict[str, tuple[str, str, float]] = {}


def issue(kind: str, owner: str) -> str:
    value = secrets.token_urlsafe(32)
    issued[value] = (kind, owner, time.time())
    return value


def find(kind: str, value: str) -> tuple[str, float]:
    """Return whose this value is, and since when. An empty owner: it is another thing, or too old."""
    stored, owner, since = issued.get(value, ("", "", 0.0))
    return (owner, since) if stored == kind and time.time() < since + LIFE_S[kind] else ("", 0.0)


def is_app(app_id: str, secret: str) -> bool:
    return app_id in SECRETS and hmac.compare_digest(SECRETS[app_id].encode(), secret.encode())


def refuse(code: int) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "refused"})


def page(parameter: str, kind: str) -> Any:
    """Return the page for a login or a check. Log the customer in there, or check the face. Then answer."""

    async def send_back(request: Request) -> Response:
        query = request.query_params
        # Compared exactly: another address would get the code.
        if query.get("appid") != PAGES or query.get("redirect_uri") != REDIRECT_URI:
            return Response("unknown appid or redirect_uri", 400)
        answer = {parameter: issue(kind, CUSTOMER["openid"]), "state": query["state"]}
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(answer)}", 303)

    return send_back


async def exchange_code(request: Request) -> Response:
    """Exchange a code once, and only for the pages that it was made for."""
    query = request.query_params
    if query.get("appid") != PAGES or not is_app(PAGES, query.get("secret", "")):
        return refuse(40125)
    openid, _since = find("code", query.get("code", ""))
    if not openid:
        return refuse(40029)
    del issued[query["code"]]
    return JSONResponse({"access_token": issue("token", openid), "openid": openid})


async def show_user(request: Request) -> Response:
    """Say whose token it is. The bank asks the same with the same token, minutes later."""
    openid, _since = find("token", request.query_params.get("access_token", ""))
    return (
        JSONResponse(CUSTOMER) if openid and openid == request.query_params.get("openid") else refuse(40001)
    )


async def issue_app_token(request: Request) -> Response:
    app_id = request.query_params.get("appid", "")
    if not is_app(app_id, request.query_params.get("secret", "")):
        return refuse(40125)
    return JSONResponse({"access_token": issue("app", app_id)})


async def show_check(request: Request) -> Response:
    """Say whose face fitted, and when: the same each time, to the pages and to the core."""
    number = request.query_params.get("verify_result", "")
    openid, since = find("check", number)
    if not openid or not find("app", request.query_params.get("access_token", ""))[0]:
        return refuse(40029 if not openid else 40001)
    answer = {"openid": openid, "verified": True, "verify_time": int(since), "verify_id": number[:16]}
    return JSONResponse(answer)


app = Starlette(
    routes=[
        Route("/oauth2/authorize", page("code", "code")),
        Route("/oauth2/access_token", exchange_code),
        Route("/oauth2/userinfo", show_user),
        Route("/face/start", page("verify_result", "check")),
        Route("/cgi-bin/token", issue_app_token),
        Route("/face/result", show_check),
    ]
)
