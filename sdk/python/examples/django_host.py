"""A host's server in Django: a page with a button, the launch, and webhooks. `python django_host.py runserver`"""

import os
import secrets

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sunbridge import Sunbridge, WebhookError, webhooks

CSRF = "django.middleware.csrf.CsrfViewMiddleware"
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[CSRF], ROOT_URLCONF=__name__)
settings.SECRET_KEY = secrets.token_hex(32)
bank = Sunbridge(
    os.environ["SUNBRIDGE_API_URL"],
    key_id=os.environ["SUNBRIDGE_KEY_ID"],
    secret=os.environ["SUNBRIDGE_SECRET"],
)
WEBHOOK_SECRET = os.environ["SUNBRIDGE_WEBHOOK_SECRET"]
seen: set[str] = set()  # ids of events. Keep both in your database.
states: dict[str, tuple[int, str]] = {}  # by object: sequence and state


def home(request: HttpRequest) -> HttpResponse:
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    return HttpResponse(f'<form method="post" action="/credit">{token}<button>Bank credit</button></form>')


def credit(request: HttpRequest) -> HttpResponse:
    reference = f"shop-{secrets.token_hex(8)}"  # Your own name for it: store it with your customer.
    launch = bank.launches.create(entry="credit", external_reference=reference)
    return HttpResponseRedirect(launch.url, status=303)


@csrf_exempt  # A webhook has no cookie: its signature says who sent it.
def hook(request: HttpRequest) -> HttpResponse:
    try:
        event = webhooks.verify(request.body, request.headers, WEBHOOK_SECRET)
    except WebhookError as error:
        return HttpResponse(str(error), status=400)
    name = f"{event.object}/{event.object_id}"
    if event.id not in seen and event.data and event.sequence > states.get(name, (0, ""))[0]:
        states[name] = (event.sequence, event.data.state)
    seen.add(event.id)
    return HttpResponse(status=204)


def orders(request: HttpRequest, reference: str) -> HttpResponse:
    found = [order.to_dict() for order in bank.orders.list(external_reference=reference)]
    return JsonResponse({"orders": found, "objects": {name: state for name, (_, state) in states.items()}})


urlpatterns = [path("", home), path("credit", credit), path("hook", hook), path("orders/<reference>", orders)]
if __name__ == "__main__":
    execute_from_command_line()
