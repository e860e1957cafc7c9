"""A host's server in Flask: a page with a button, the launch, and webhooks. `flask --app flask_host run`"""

import os
import secrets
from typing import Any

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from sunbridge import Sunbridge, WebhookError, webhooks

app = Flask(__name__)
bank = Sunbridge(
    os.environ["SUNBRIDGE_API_URL"],
    key_id=os.environ["SUNBRIDGE_KEY_ID"],
    secret=os.environ["SUNBRIDGE_SECRET"],
)
WEBHOOK_SECRET = os.environ["SUNBRIDGE_WEBHOOK_SECRET"]
# Keep both in your database, and change them in the transaction of what you do about the event.
seen: set[str] = set()  # ids of events
states: dict[str, tuple[int, str]] = {}  # by object: sequence and state


@app.get("/")
def home() -> str:
    return '<form method="post" action="/credit"><button>Credit from the bank</button></form>'


@app.post("/credit")
def credit() -> Response:
    reference = f"shop-{secrets.token_hex(8)}"  # Your own name for it: store it with your customer.
    return redirect(bank.launches.create(entry="credit", external_reference=reference).url, code=303)


@app.post("/hook")
def hook() -> tuple[str, int]:
    try:
        event = webhooks.verify(request.get_data(), request.headers, WEBHOOK_SECRET)
    except WebhookError as error:
        return str(error), 400
    name = f"{event.object}/{event.object_id}"
    if event.id not in seen and event.data and event.sequence > states.get(name, (0, ""))[0]:
        states[name] = (event.sequence, event.data.state)
    seen.add(event.id)
    return "", 204


@app.get("/orders/<reference>")
def orders(reference: str) -> dict[str, Any]:
    found = [order.to_dict() for order in bank.orders.list(external_reference=reference)]
    return {"orders": found, "objects": {name: state for name, (_, state) in states.items()}}
