"""A certified relying party by others believes what our mock super-app says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from mock_partners.testing.people.personas import PEOPLE
from mock_partners.testing.registrations.hosts import app_id
from mock_partners.testing.registrations.partners import PARTNERS
from mock_partners.testing.running.local import RunningWorld, running_world
from tests.peers.peer import peer
from tests.support.houses.keys import shared_keys


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    folder = tmp_path_factory.mktemp("world")
    with running_world(folder, ["gov_app"], shared_keys=shared_keys()) as running:
        yield running


def logged_in(world: RunningWorld, request_kind: str, *deviations: str) -> dict[str, Any]:
    """Log a person in at our provider and return what their relying party believes, or why it refused."""
    partner = next(one for one in PARTNERS if one.id == "lyg")
    person = next(one for one in PEOPLE if one.partner == "lyg")
    key = ECKey.import_key(world.world.secrets.signing_key("h5app_lyg_identity").get_secret_value())
    key.ensure_kid()
    registration = {
        "client_id": app_id(partner, "h5app"),
        "private_jwk": key.as_dict(private=True),
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "ES256",
    }
    issuer = f"{world.url('gov_app')}/lyg"
    armed = httpx.post(f"{world.url('gov_app')}/_deviate", json={"host": "lyg", "names": [*deviations]})
    assert armed.status_code == 200, armed.text
    redirect_uri = f"{world.world.h5app_url}/lyg/callback"
    with peer("relying_party.mjs", issuer, json.dumps(registration), redirect_uri, request_kind) as party:
        passed = httpx.post(party.says(), data={"person": person.key, "outcome": "pass"})
        assert passed.status_code == 303, passed.text
        party.hears(passed.headers["location"])
        believed: dict[str, Any] = json.loads(party.says())
    return believed


@pytest.mark.parametrize("request_kind", ["plain", "pushed"])
def test_it_logs_a_person_in(world: RunningWorld, request_kind: str) -> None:
    person = next(one for one in PEOPLE if one.partner == "lyg")
    believed = logged_in(world, request_kind)
    assert (believed["token"]["acr"], believed["token"]["amr"]) == ("urn:sunbridge:acr:face", ["face"])
    assert believed["userinfo"]["name"] == person.name
    assert believed["userinfo"]["sub"] == believed["token"]["sub"]


# It neither looks at the type of a token nor for an `iat` in the future; we do.
@pytest.mark.parametrize(
    ("deviation", "claim"),
    [
        ("claims.exp_passed", "exp"),
        ("claims.nbf_future", "nbf"),
        ("claims.nonce_earlier", "nonce"),
        ("userinfo.exp_passed", "exp"),
        ("userinfo.nbf_future", "nbf"),
    ],
)
def test_it_refuses_the_times_and_the_nonce_that_we_refuse(
    world: RunningWorld, deviation: str, claim: str
) -> None:
    assert "refused" not in logged_in(world, "plain")
    assert f'"{claim}"' in logged_in(world, "plain", deviation)["refused"]
