"""A host's server in Starlette: a page with a button, the launch, and webhooks. `uvicorn starlette_host:app`"""

import os
import secrets

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sunbridge import AsyncSunbridge, WebhookError, webhooks

bank = AsyncSunbridge(
    os.environ["SUNBRIDGE_API_URL"],
    key_id=os.environ["SUNBRIDGE_KEY_ID"],
    secret=os.environ["SUNBRIDGE_SECRET"],
)
WEBHOOK_SECRET = os.environ["SUNBRIDGE_WEBHOOK_SECRET"]
seen: set[str] = set()  # ids of events. Keep both in your database, in the transaction of your own effect.
states: dict[str, tuple[int, str]] = {}  # by object: sequence and state


async def home(request: Request) -> Response:
    return HTMLResponse('<form method="post" action="/credit"><button>Credit from the bank</button></form>')


async def credit(request: Request) -> Response:
    reference = f"shop-{secrets.token_hex(8)}"  # Your own name for it: store it with your customer.
    launch = await bank.launches.create(entry="credit", external_reference=reference)
    return RedirectResponse(launch.url, status_code=303)


async def hook(request: Request) -> Response:
    try:
        event = webhooks.verify(await request.body(), request.headers, WEBHOOK_SECRET)
    except WebhookError as error:
        return PlainTextResponse(str(error), status_code=400)
    name = f"{event.object}/{event.object_id}"
    if event.id not in seen and event.data and event.sequence > states.get(name, (0, ""))[0]:
        states[name] = (event.sequence, event.data.state)
    seen.add(event.id)
    return Response(status_code=204)


async def orders(request: Request) -> Response:
    reference = request.path_params["reference"]
    found = [order.to_dict() async for order in bank.orders.list(external_reference=reference)]
    return JSONResponse({"orders": found, "objects": {name: state for name, (_, state) in states.items()}})


app = Starlette(
    routes=[
        Route("/", home),
        Route("/credit", credit, methods=["POST"]),
        Route("/hook", hook, methods=["POST"]),
        Route("/orders/{reference}", orders),
    ]
)
