"""A host of the dialect `sealed`: it opens the bank's page with an encrypted, signed text about the customer.

    pip install "sunbridge-sdk[sm]" starlette uvicorn
    openssl genpkey -algorithm SM2 -out host-sm2.pem
    openssl rand -hex 16 > host-sm4.hex
    uvicorn sealed_host:app --port 9000

Our block has the same SM4 key and the public half of the SM2 key (docs/partners/sealed.md). A block with a `page` needs
one more address here, which answers a check with such a text and our `state` in it: `seal(…, state=…)`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from sunbridge import AsyncSunbridge
from sunbridge.identity import Sm2Signer, seal

KEYS = Path(os.environ.get("HOST_KEYS", "."))
# As `distinguishing_id` in our block. Both sides agree on it.
DISTINGUISHING_ID = "1234567812345678"

# Your database, and who is logged in. One customer here. The names are those that `fields` of our block maps.
CUSTOMER: dict[str, Any] = {
    "uid": "c-1001",
    "name": "李秀英",
    "idtype": "01",
    "idno": "11010519491231002X",
    "mobile": "19900000001",
    "level": "L3",
}


def client() -> AsyncSunbridge:
    """Return the client of the partner API, with the key of the environment."""
    return AsyncSunbridge(
        os.environ["SUNBRIDGE_API_URL"],
        key_id=os.environ["SUNBRIDGE_KEY_ID"],
        secret=os.environ["SUNBRIDGE_SECRET"],
    )


def seal_identity(customer: dict[str, Any], checked_at: float) -> str:
    """Return the sealed text about a customer whose face you have checked at `checked_at`."""
    # China's own time, as `verified_at_format` of our block says.
    verified_at = time.strftime("%Y%m%d%H%M%S", time.gmtime(checked_at + 8 * 3600))
    checked = {"auth": "face", "authtime": verified_at, "evid": f"F{int(checked_at * 1000)}"}
    return seal(
        customer | checked,
        key=bytes.fromhex((KEYS / "host-sm4.hex").read_text().strip()),
        signer=Sm2Signer((KEYS / "host-sm2.pem").read_text(), distinguishing_id=DISTINGUISHING_ID),
    )


async def open_bank(request: Request) -> Response:
    """Launch the customer who is logged in. Seal a new text each time: each counts once, for a minute."""
    async with client() as sunbridge:
        launch = await sunbridge.launches.create(
            entry="credit",
            external_reference=request.query_params["reference"],
            pushed=seal_identity(CUSTOMER, checked_at=time.time()),
        )
    return RedirectResponse(launch.url, 303)


app = Starlette(routes=[Route("/open", open_bank)])
