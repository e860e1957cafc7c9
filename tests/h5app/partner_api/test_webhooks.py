"""Endpoints of partners are told of each event once it happened, in order, signed, and for as long as they may know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from sunbridge import webhooks as sdk

from h5app.partner_api.app import cleaning_job
from h5app.partner_api.core_reads import EVENT_TYPES
from h5app.partner_api.webhooks import sending, waits
from h5app.partner_api.webhooks.messages import test_body as body_of_test
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.partner_api import (
    TOKEN,
    PartnerApiHouse,
    client_assertion,
    partner_api,
    public_of,
)
from tests.support.houses.webhooks import Hooks, Server, answer, hooks_of, receiving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hooks(house: PartnerApiHouse) -> AsyncIterator[Hooks]:
    async with hooks_of(house) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with receiving() as opened:
        yield opened


async def test_an_event_is_posted_signed_as_two_libraries_verify_it(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    event_id = hooks.feed.tell("loan.drawn")
    assert await hooks.pass_on() == 1
    (posted,) = server.got
    headers = dict(posted.headers)
    told = Webhook(endpoint["secret"]).verify(posted.body, headers)
    assert sdk.verify(posted.body, headers, endpoint["secret"]).id == event_id
    assert (told["type"], told["object"], told["object_id"], told["sequence"]) == (
        "loan.drawn",
        "loan",
        "ln-1",
        1,
    )
    assert (told["test"], told["data"]["state"]) == (False, "drawn")
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(posted.body.replace(b"ln-1", b"ln-2"), headers)
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("delivered", 1, 204)
    # Nothing is posted twice, and the list of endpoints shows no secret.
    assert await hooks.pass_on() == 0
    assert "secret" not in (await hooks.server.ask("GET", "/webhooks")).json()["items"][0]


async def test_a_thin_payload_names_the_object_and_no_state(hooks: Hooks, server: Server) -> None:
    await hooks.add(server.url, payload="thin")
    hooks.feed.tell("loan.drawn")
    await hooks.pass_on()
    told = json.loads(server.got[0].body)
    assert set(told) == {"id", "type", "timestamp", "object", "object_id", "sequence", "test"}


async def test_only_the_chosen_types_are_posted_and_only_what_happens_later(
    hooks: Hooks, server: Server
) -> None:
    hooks.feed.tell("loan.drawn", "ln-0")
    hooks.wait(seconds=1)
    await hooks.add(server.url, types=["loan.settled"])
    hooks.feed.tell("loan.drawn")
    wanted = hooks.feed.tell("loan.settled")
    await hooks.pass_on()
    assert server.ids == [wanted]


async def test_a_partner_learns_nothing_of_another(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    other = hooks.house.make_key("mbank")
    for method, path in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("POST", "/rotate"),
    ]:
        refused = await other.ask(method, f"/webhooks/{endpoint['id']}{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "webhook.unknown")
    assert (await other.ask("GET", "/webhooks")).json()["items"] == []


async def test_a_withdrawn_consent_stops_what_was_queued(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    event_id = hooks.feed.tell("loan.drawn")
    await hooks.read()
    hooks.feed.withdraw(event_id)
    assert await hooks.send() == 0
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], delivery["attempts"], server.got) == ("dropped", 0, [])


async def test_a_bank_that_does_not_answer_costs_the_endpoint_nothing(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    event_id = hooks.feed.tell("loan.drawn")
    await hooks.read()
    hooks.house.core.says("GET", f"/events/{event_id}", Problem(503, "database.away"))
    assert await hooks.send() == 0
    hooks.house.core.says("GET", f"/events/{event_id}", hooks.feed.find(event_id))
    hooks.wait(seconds=sending.BANK_AWAY_S)
    assert await hooks.send() == 1
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)


async def test_a_later_event_of_an_object_waits_and_other_objects_do_not(
    hooks: Hooks, server: Server
) -> None:
    await hooks.add(server.url)
    server.next = [answer(500, body=b"all is well")]
    drawn = hooks.feed.tell("loan.drawn", "ln-1")
    settled = hooks.feed.tell("loan.settled", "ln-1")
    other = hooks.feed.tell("loan.drawn", "ln-2")
    await hooks.pass_on()
    assert sorted(server.ids) == [drawn, other]
    hooks.wait(seconds=10)
    await hooks.send()
    assert server.ids[2:] == [drawn, settled]


async def test_failures_are_repeated_for_three_days_and_then_end_with_a_notice(
    hooks: Hooks, server: Server
) -> None:
    endpoint = await hooks.add(server.url)
    server.usual = answer(500)
    hooks.feed.tell("loan.drawn")
    await hooks.read()
    began, waited = hooks.house.clock.wall(), []
    while True:
        await hooks.send()
        (delivery,) = await hooks.deliveries(endpoint)
        if delivery["next_attempt_at"] is None:
            break
        pause = datetime.fromisoformat(delivery["next_attempt_at"]) - hooks.house.clock.wall()
        waited.append(pause)
        hooks.wait(seconds=pause.total_seconds() + 0.001)
    assert timedelta(seconds=4) <= waited[0] <= timedelta(seconds=6)
    assert len(waited) >= 13
    assert timedelta(days=3) <= hooks.house.clock.wall() - began < timedelta(days=3, seconds=1)
    assert (delivery["state"], len(delivery["log"]), delivery["last_status"]) == (
        "failed",
        len(waited) + 1,
        500,
    )
    shown = await hooks.show(endpoint)
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", sending.REFUSED_FOR_DAYS)
    lines = (await hooks.server.ask("GET", "/requests")).json()["items"]
    (notice,) = [line for line in lines if line["code"] == "webhook.disabled"]
    assert notice["reason"].startswith(endpoint["id"])
    metrics = (await hooks.house.http.get("/metrics")).text
    assert 'partner_api_webhooks_disabled{partner="ebank"} 1.0' in metrics


async def test_a_disabled_endpoint_is_told_again_after_it_was_enabled_and_replayed(
    hooks: Hooks, server: Server
) -> None:
    endpoint = await hooks.add(server.url)
    since = hooks.house.clock.wall()
    server.next = [answer(410)]
    first = hooks.feed.tell("loan.drawn", "ln-1")
    second = hooks.feed.tell("loan.settled", "ln-1")
    await hooks.pass_on()
    assert (await hooks.show(endpoint))["state"] == "disabled"
    assert [one["state"] for one in await hooks.deliveries(endpoint)] == ["failed", "failed"]
    refused = await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/test")
    assert refused.json()["code"] == "webhook.disabled"
    hooks.wait(minutes=1)
    third = hooks.feed.tell("loan.drawn", "ln-3")
    hooks.wait(minutes=1)
    enabled = (await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/enable", {})).json()
    assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
    assert await hooks.pass_on() == 0
    asked = await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/replay", {"since": since.isoformat()})
    assert asked.status_code == 202, asked.text
    server.got.clear()
    await hooks.pass_on()
    assert sorted(server.ids) == [first, second, third]
    assert server.ids.index(first) < server.ids.index(second)


async def test_one_delivery_is_sent_once_more_on_request(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    event_id = hooks.feed.tell("loan.drawn")
    await hooks.pass_on()
    (delivery,) = await hooks.deliveries(endpoint)
    again = await hooks.server.ask(
        "POST", f"/webhooks/{endpoint['id']}/deliveries/{delivery['id']}/replay", {}
    )
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    await hooks.pass_on()
    assert server.ids == [event_id, event_id]
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], [one["status"] for one in delivery["log"]]) == ("delivered", [204, 204])


async def test_a_replay_of_many_events_loses_none(
    hooks: Hooks, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h5app.partner_api.webhooks.reading.MOST_EVENTS", 2)
    endpoint = await hooks.add(server.url)
    since = hooks.house.clock.wall()
    told = [hooks.feed.tell("loan.drawn", f"ln-{number}") for number in range(5)]
    await hooks.pass_on()
    hooks.wait(seconds=1)
    await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/replay", {"since": since.isoformat()})
    await hooks.pass_on()
    assert sorted(server.ids) == sorted(told * 2)


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    rotated = (await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/rotate", {})).json()
    assert rotated["secret"] != endpoint["secret"]
    hooks.feed.tell("loan.drawn")
    await hooks.pass_on()
    (posted,) = server.got
    for secret in (endpoint["secret"], rotated["secret"]):
        assert sdk.verify(posted.body, posted.headers, secret).type == "loan.drawn"
    hooks.wait(days=1)
    hooks.feed.tell("loan.settled")
    await hooks.pass_on()
    now = hooks.house.clock.wall().timestamp()
    posted = server.got[1]
    assert sdk.verify(posted.body, posted.headers, rotated["secret"], now=now).type == "loan.settled"
    with pytest.raises(sdk.WebhookError):
        sdk.verify(posted.body, posted.headers, endpoint["secret"], now=now)


async def test_a_pause_that_the_endpoint_asks_for_is_kept(hooks: Hooks, server: Server) -> None:
    await hooks.add(server.url)
    server.next = [answer(429, "Retry-After: 1800")]
    hooks.feed.tell("loan.drawn", "ln-1")
    await hooks.pass_on()
    hooks.feed.tell("loan.drawn", "ln-2")
    hooks.wait(minutes=29)
    assert await hooks.pass_on() == 0
    hooks.wait(minutes=1, seconds=1)
    assert await hooks.pass_on() == 2


@pytest.mark.parametrize(
    ("status", "told", "seconds"),
    [(429, "60", 60), (503, "999999", 3600), (500, "60", None), (429, "soon", None), (429, "-1", None)],
)
def test_a_pause_lasts_an_hour_at_most(status: int, told: str, seconds: int | None) -> None:
    now = datetime.fromisoformat("2026-12-01T08:00:00+00:00")
    until = waits.pause_until(now, status, told)
    assert until == (None if seconds is None else now + timedelta(seconds=seconds))
    assert waits.pause_until(now, 503, "Tue, 01 Dec 2026 08:10:00 GMT") == now + timedelta(minutes=10)


async def test_a_test_event_says_that_nothing_has_happened(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url, types=["loan.settled"])
    made = await hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/test", {})
    assert (made.status_code, made.json()["type"]) == (201, "loan.settled")
    triggered = await hooks.server.ask("POST", "/sandbox/events", {"type": "loan.settled"})
    assert triggered.status_code == 204
    not_taken = await hooks.server.ask("POST", "/sandbox/events", {"type": "loan.drawn"})
    assert not_taken.json()["code"] == "webhook.not_taken"
    unknown = await hooks.server.ask("POST", "/sandbox/events", {"type": "loan.lost"})
    assert unknown.json()["code"] == "field.invalid"
    await hooks.send()
    told = [sdk.verify(posted.body, posted.headers, endpoint["secret"]) for posted in server.got]
    assert [(one.type, one.test) for one in told] == [("loan.settled", True)] * 2


def test_a_test_event_can_be_made_of_every_type() -> None:
    at = datetime.fromisoformat("2026-12-01T08:00:00+00:00")
    for event_type in EVENT_TYPES:
        assert body_of_test("evt_test_1", event_type, "test-1", at).object == event_type.partition(".")[0]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "https://192.168.0.1/", "ftp://a.example/", "https://a.example/#x"]
)
async def test_an_address_of_a_private_network_is_refused(hooks: Hooks, url: str) -> None:
    refused = (await hooks.server.ask("POST", "/webhooks", {"url": url})).json()
    assert (refused["code"], refused["field"]) == ("webhook.url_refused", "url")


@pytest.mark.parametrize("url", ["http://partner.example/hooks", "https://127.0.0.1/hooks"])
async def test_a_live_endpoint_is_public_and_https(tmp_path: Path, url: str) -> None:
    key = ECKey.generate_key("P-256")
    async with partner_api(tmp_path, "live") as house:
        server = house.make_key(jwk=public_of(key))
        proof = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": client_assertion(key, server.key_id, house),
        }
        server.token = (await house.http.post(TOKEN, data=proof)).json()["access_token"]
        refused = await server.ask("POST", "/webhooks", {"url": url})
        assert refused.json()["code"] == "webhook.url_refused"
        made = await server.ask("POST", "/webhooks", {"url": "https://partner.example/hooks"})
        assert made.status_code == 201


async def test_a_partner_has_at_most_ten_endpoints_and_may_delete_one(hooks: Hooks, server: Server) -> None:
    made = [await hooks.add(server.url) for _ in range(10)]
    refused = await hooks.server.ask("POST", "/webhooks", {"url": server.url})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook.too_many")
    hooks.feed.tell("loan.drawn")
    await hooks.read()
    gone = await hooks.server.ask("DELETE", f"/webhooks/{made[0]['id']}")
    assert gone.status_code == 204
    assert await hooks.send() == 9
    first = (await hooks.server.ask("GET", "/webhooks?limit=5")).json()
    rest = (await hooks.server.ask("GET", f"/webhooks?after={first['next']}")).json()
    listed = [one["id"] for one in first["items"] + rest["items"]]
    assert sorted(listed) == sorted(one["id"] for one in made[1:])


async def test_deliveries_are_listed_whole_over_pages_and_kept_for_thirty_days(
    hooks: Hooks, server: Server
) -> None:
    endpoint = await hooks.add(server.url)
    for number in range(5):
        hooks.feed.tell("loan.drawn", f"ln-{number}")
    await hooks.pass_on()
    path = f"/webhooks/{endpoint['id']}/deliveries"
    seen, after = [], ""
    while True:
        page = (await hooks.server.ask("GET", f"{path}?limit=2{after}")).json()
        seen += [one["event_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == [f"evt_{number}" for number in range(1, 6)]
    hooks.wait(days=30, seconds=1)
    await cleaning_job(hooks.house.api).run()
    await hooks.server.log_in()
    assert (await hooks.server.ask("GET", path)).json()["items"] == []
