"""A host of the dialect `assertion`: its server signs who the customer is, and opens the bank's page for them.

    pip install "sunbridge-sdk[signing]" starlette uvicorn
    sunbridge keys new host.pem > host-public.json
    uvicorn assertion_host:app --port 9000

Our block names `issuer`, `audience` and `jwks_url` (docs/partners/assertion.md). A block with a `page` needs one more
address here. It answers a check with `typ` `check+jwt` and our `state` as `nonce`.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from sunbridge import AsyncSunbridge, launch_tokens

ISSUER = os.environ.get("HOST_ISSUER", "http://127.0.0.1:9000")
AUDIENCE = os.environ.get("HOST_AUDIENCE", "sunbridge-ebank")
KEYS = Path(os.environ.get("HOST_KEYS", "."))

# Your database, and who is logged in. One customer here.
CUSTOMER: dict[str, Any] = {
    "id": "c-1001",
    "name": "李秀英",
    "id_number": "11010519491231002X",
    "phone_number": "19900000001",
}


def client() -> AsyncSunbridge:
    """Return the client of the partner API, with the key of the environment."""
    return AsyncSunbridge(
        os.environ["SUNBRIDGE_API_URL"],
        key_id=os.environ["SUNBRIDGE_KEY_ID"],
        secret=os.environ["SUNBRIDGE_SECRET"],
    )


def state_identity(customer: dict[str, Any], checked_at: float) -> str:
    """Return the signed statement about a customer whose face you have checked at `checked_at`."""
    # What you did to be sure of the person, as you did it. The bank asks again where that is not enough.
    checked = {
        "auth_time": int(checked_at),
        "amr": ["face"],
        "acr": "urn:sunbridge:acr:face",
        "user_type": "person",
    }
    return launch_tokens.sign(
        private_key=(KEYS / "host.pem").read_text(),
        kid=json.loads((KEYS / "host-public.json").read_text())["kid"],
        issuer=ISSUER,
        audience=AUDIENCE,
        subject=customer["id"],
        claims={name: value for name, value in customer.items() if name != "id"} | checked,
    )


async def open_bank(request: Request) -> Response:
    """Launch the customer who is logged in. Make a new statement each time: each counts once."""
    async with client() as sunbridge:
        launch = await sunbridge.launches.create(
            entry="credit",
            external_reference=request.query_params["reference"],
            assertion=state_identity(CUSTOMER, checked_at=time.time()),
        )
    return RedirectResponse(launch.url, 303)


async def show_keys(_request: Request) -> Response:
    """Publish the public half. To rotate, add the new key here a day before you sign with it."""
    return JSONResponse({"keys": [json.loads((KEYS / "host-public.json").read_text())]})


app = Starlette(routes=[Route("/open", open_bank), Route("/jwks", show_keys)])
