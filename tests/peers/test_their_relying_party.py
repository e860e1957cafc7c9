"""A certified relying party by others believes what our mock super-app says."""

from __future__ import annotations

import json
from collections.abc import Iterator

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


@pytest.mark.parametrize("request_kind", ["plain", "pushed"])
def test_it_logs_a_person_in(world: RunningWorld, request_kind: str) -> None:
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
    redirect_uri = f"{world.world.h5app_url}/lyg/callback"
    with peer("relying_party.mjs", issuer, json.dumps(registration), redirect_uri, request_kind) as party:
        passed = httpx.post(party.says(), data={"person": person.key, "outcome": "pass"})
        assert passed.status_code == 303, passed.text
        party.hears(passed.headers["location"])
        believed = json.loads(party.says())
    assert (believed["token"]["acr"], believed["token"]["amr"]) == ("urn:sunbridge:acr:face", ["face"])
    assert believed["userinfo"]["name"] == person.name
    assert believed["userinfo"]["sub"] == believed["token"]["sub"]
