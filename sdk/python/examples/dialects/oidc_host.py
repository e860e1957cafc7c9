"""A host of the dialect `oidc`: an OpenID provider that says in its id_token who the customer is.

    pip install joserfc starlette uvicorn python-multipart
    uvicorn oidc_host:app --port 9000

Our block has `source = "id_token"` and `client_auth = "client_secret_basic"` (docs/partners/oidc.md). A launch needs
nothing of this: it leads to `/authorize`. In life take a certified provider. This one shows what must be in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER = os.environ.get("HOST_ISSUER", "http://127.0.0.1:9000")
CLIENT_ID, CLIENT_SECRET = "sunbridge-city", os.environ.get("HOST_CLIENT_SECRET", "only-for-trying")
REDIRECT_URI = os.environ.get("HOST_REDIRECT_URI", "http://localhost:8000/city/callback")
KEY = ECKey.generate_key("P-256", auto_kid=True)
LIFE_S = 300

# Your database, and who is logged in. One customer here.
CUSTOMER = {
    "sub": "c-1001",
    "name": "李秀英",
    "id_type": "cn_id_card",
    "id_number": "11010519491231002X",
    "phone_number": "19900000001",
}
# By code: what was asked. In life a table, whose rows live for a minute.
asked: dict[str, dict[str, str]] = {}


async def discover(_request: Request) -> Response:
    paths = {
        "authorization_endpoint": "authorize",
        "token_endpoint": "token",
        "userinfo_endpoint": "userinfo",
    }
    document = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", "code_challenge_methods_supported": ["S256"]}
    return JSONResponse(document | {name: f"{ISSUER}/{path}" for name, path in paths.items()})


async def show_keys(_request: Request) -> Response:
    return JSONResponse({"keys": [KEY.as_dict(private=False)]})


async def authorize(request: Request) -> Response:
    """Check the customer's face here, each time that `max_age` or `prompt=login` asks for it. Then answer."""
    query = dict(request.query_params)
    # Compared exactly: another address would get the code.
    if query.get("client_id") != CLIENT_ID or query.get("redirect_uri") != REDIRECT_URI:
        return Response("unknown client or redirect_uri", 400)
    code = secrets.token_urlsafe(32)
    asked[code] = query | {"auth_time": str(int(time.time()))}
    answer = {"code": code, "state": query["state"], "iss": ISSUER}
    return RedirectResponse(f"{REDIRECT_URI}?{urlencode(answer)}", 303)


async def token(request: Request) -> Response:
    """Exchange a code once, for the client that asked and that has the verifier."""
    form = await request.form()
    expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if not hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {expected}"):
        return JSONResponse({"error": "invalid_client"}, 401)
    query = asked.pop(str(form.get("code")), None)
    digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
    if query is None or query["code_challenge"] != _text(digest):
        return JSONResponse({"error": "invalid_grant"}, 400)
    access_token = secrets.token_urlsafe(32)
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": LIFE_S}
    return JSONResponse(answer | {"id_token": _id_token(query, access_token)})


def _id_token(query: dict[str, str], access_token: str) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
        **CUSTOMER,
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": now,
        # The customer reads a consent before the bank checks this token.
        "exp": now + LIFE_S,
        "nonce": query["nonce"],
        "auth_time": int(query["auth_time"]),
        "amr": ["face"],
        "acr": "urn:sunbridge:acr:face",
        "at_hash": _text(hashlib.sha256(access_token.encode()).digest()[:16]),
    }
    return jwt.encode({"alg": "ES256", "kid": KEY.kid}, claims, KEY)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


app = Starlette(
    routes=[
        Route("/.well-known/openid-configuration", discover),
        Route("/jwks", show_keys),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
    ]
)
