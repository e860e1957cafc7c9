from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mock_partners.testing.registrations.partners import PARTNERS
from mock_partners.testing.running.local import running_world
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.partners.file import load_partners
from tests.support.houses.keys import shared_keys


def test_a_test_gets_a_whole_world_to_itself(tmp_path: Path) -> None:
    with (
        running_world(tmp_path / "a", ["messages"], shared_keys=shared_keys()) as one,
        running_world(tmp_path / "b", ["messages"], shared_keys=shared_keys()) as other,
    ):
        sent = {"phone": "19900000001", "text": "您好", "kind": "greeting"}
        headers = {"Sunbridge-Bank": "hzw", "Idempotency-Key": "k-1"}
        one.clock.advance(timedelta(days=2))
        answer = httpx.post(f"{one.url('messages')}/messages", json=sent, headers=headers).json()
        assert answer["sent_at"][:10] == one.clock.today().isoformat()
        inboxes = [
            httpx.get(f"{world.url('messages')}/messages?phone=19900000001").json()["items"]
            for world in (one, other)
        ]
        assert [len(inbox) for inbox in inboxes] == [1, 0]
        assert (one.clock.today() - other.clock.today()).days == 2


def test_its_faults_are_set_from_the_test(tmp_path: Path) -> None:
    with running_world(tmp_path, ["card_network"], shared_keys=shared_keys()) as world:
        world.faults["card_network"].add(Fault(kind="drop_response", path="/bins/*"))
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{world.url('card_network')}/bins/621660")
        assert httpx.get(f"{world.url('card_network')}/bins/621660").json()["bank_code"] == "BOC"


def test_a_party_that_was_left_out_answers_nobody(tmp_path: Path) -> None:
    with (
        running_world(tmp_path, ["messages"], shared_keys=shared_keys()) as world,
        pytest.raises(httpx.ConnectError),
    ):
        httpx.get(f"{world.url('card_network')}/bins/621660")


def test_its_configuration_is_one_that_h5app_accepts(tmp_path: Path) -> None:
    with running_world(
        tmp_path, [], name="w7", h5app_url="http://localhost:8123", shared_keys=shared_keys()
    ) as world:
        partners = load_partners(world.config)
    assert partners.keys() == {f"{partner.id}~w7" for partner in PARTNERS}
    assert partners["lyg~w7"].identity.issuer == f"{world.url('gov_app')}/lyg"
    assert partners["haian~w7"].core.base_url.endswith("/w7")
