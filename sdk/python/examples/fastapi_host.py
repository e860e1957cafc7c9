"""A host's server in FastAPI: a page with a button, the launch, and webhooks. `uvicorn fastapi_host:app`"""

import os
import secrets
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from sunbridge import AsyncSunbridge, WebhookError, webhooks

app = FastAPI()
bank = AsyncSunbridge(
    os.environ["SUNBRIDGE_API_URL"],
    key_id=os.environ["SUNBRIDGE_KEY_ID"],
    secret=os.environ["SUNBRIDGE_SECRET"],
)
WEBHOOK_SECRET = os.environ["SUNBRIDGE_WEBHOOK_SECRET"]
# Keep both in your database, and change them in the transaction of what you do about the event.
seen: set[str] = set()  # ids of events
states: dict[str, tuple[int, str]] = {}  # by object: sequence and state


@app.get("/", response_class=HTMLResponse)
async def home() -> str:
    return '<form method="post" action="/credit"><button>Credit from the bank</button></form>'


@app.post("/credit")
async def credit() -> RedirectResponse:
    reference = f"shop-{secrets.token_hex(8)}"  # Your own name for it: store it with your customer.
    launch = await bank.launches.create(entry="credit", external_reference=reference)
    return RedirectResponse(launch.url, status_code=303)


@app.post("/hook", status_code=204)
async def hook(request: Request) -> None:
    try:
        event = webhooks.verify(await request.body(), request.headers, WEBHOOK_SECRET)
    except WebhookError as error:
        raise HTTPException(400, str(error)) from error
    name = f"{event.object}/{event.object_id}"
    if event.id not in seen and event.data and event.sequence > states.get(name, (0, ""))[0]:
        states[name] = (event.sequence, event.data.state)
    seen.add(event.id)


@app.get("/orders/{reference}")
async def orders(reference: str) -> dict[str, Any]:
    found = [order.to_dict() async for order in bank.orders.list(external_reference=reference)]
    return {"orders": found, "objects": {name: state for name, (_, state) in states.items()}}
