"""A partner's editor and type checker know every call and every answer."""

from __future__ import annotations

import dataclasses
import importlib.resources
import inspect
import json
from typing import Any, get_type_hints

import pytest
import sunbridge
from sunbridge import models, webhooks
from sunbridge._model import Model

CLIENTS = (sunbridge.Sunbridge, sunbridge.AsyncSunbridge)
MODELS = [
    kind
    for _, kind in inspect.getmembers(models, inspect.isclass)
    if issubclass(kind, Model) and kind is not Model
]


def test_the_package_says_that_it_is_typed() -> None:
    assert importlib.resources.files("sunbridge").joinpath("py.typed").is_file()


@pytest.mark.parametrize("client", CLIENTS)
def test_every_method_of_a_client_says_what_it_takes_and_returns(client: type) -> None:
    made = client("https://bank.example", key_id="key_1", secret="s")  # type: ignore[call-arg]
    resources = [one for name, one in vars(made).items() if not name.startswith("_")]
    assert len(resources) > 4
    for resource in (made, *resources):
        for name, method in inspect.getmembers(resource, inspect.ismethod):
            if name.startswith("_"):
                continue
            hints = get_type_hints(method)
            named = [*inspect.signature(method).parameters, "return"]
            assert [each for each in named if each not in hints] == [], f"{type(resource).__name__}.{name}"


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_model_has_a_type(kind: type[Model]) -> None:
    hints = get_type_hints(kind)
    own = [one.name for one in dataclasses.fields(kind) if not one.name.startswith("_")]
    assert own
    assert [name for name in own if hints[name] is Any] == []


def test_an_answer_is_typed_and_is_data_again() -> None:
    received = {**LAUNCH, "of_tomorrow": {"list": [1, "二"]}}
    launch = models.NewLaunch.from_dict(received)
    assert launch.created_at.year == 2026
    assert launch.to_dict() == json.loads(launch.to_json()) == received
    assert webhooks.verify.__annotations__["return"] == "WebhookEvent"


LAUNCH = {
    "id": "lch_1",
    "url": "https://bank.example/x",
    "state": "created",
    "entry": "home",
    "entry_id": None,
    "external_reference": None,
    "with_person": False,
    "created_at": "2026-11-30T23:50:00Z",
    "expires_at": "2026-12-01T00:00:00Z",
    "opened_at": None,
    "signed_in_at": None,
}
