"""What every call of the partner API has: problems that explain themselves, versions, keys of repetition, a log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from h5app.partner_api import versions
from h5app.partner_api.app import cleaning_job
from h5app.partner_api.limits import REQUESTS
from tests.support.houses.partner_api import PartnerApiHouse

pytestmark = pytest.mark.anyio


async def test_an_error_names_code_field_page_and_request(house: PartnerApiHouse) -> None:
    server = house.make_key()
    refused = await server.ask("POST", "/launches", {"entry": "home", "entri_id": "x"})
    body = refused.json()
    assert refused.status_code == body["status"] == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert (body["code"], body["field"]) == ("field.unknown", "entri_id")
    assert body["docs"].endswith("errors.md#field-unknown")
    assert body["request_id"] == refused.headers["request-id"]
    found = await server.ask("GET", f"/requests/{body['request_id']}")
    told = found.json()
    assert (told["method"], told["path"], told["status"]) == ("POST", "/partner/v1/launches", 422)
    assert (told["code"], told["key_id"]) == ("field.unknown", server.key_id)
    assert (told["reason"], told["field"]) == (body["detail"], "entri_id")


async def test_a_number_in_place_of_a_field_is_not_logged(house: PartnerApiHouse) -> None:
    server = house.make_key()
    refused = (await server.ask("POST", "/launches", {"entry": "home", "13812345678": "x"})).json()
    told = (await server.ask("GET", f"/requests/{refused['request_id']}")).json()
    assert (told["code"], told["field"]) == ("field.unknown", None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "request.malformed"),
        (b'{"entry": "home", "entry": "credit"}', "request.malformed"),
        (b'{"entry": "home", "lang": ' + b"[" * 40 + b"]" * 40 + b"}", "request.malformed"),
        (b'{"entry": "home", "external_reference": "a\\u0000b"}', "field.invalid"),
        (b'{"entry": "x"}', "field.invalid"),
        (b"[]", "field.invalid"),
        (b"{}", "field.missing"),
        (b'{"entri": "home"}', "field.unknown"),
        (b'{"entry": "' + b"x" * 70_000 + b'"}', "request.too_large"),
        (b"\xff\xfe", "request.malformed"),
    ],
)
async def test_a_body_that_is_wrong_is_refused(house: PartnerApiHouse, content: bytes, code: str) -> None:
    server = house.make_key()
    await server.log_in()
    headers = {
        "Authorization": f"Bearer {server.token}",
        "Idempotency-Key": "k-1",
        "Content-Type": "application/json",
    }
    answer = await server.http.post("/partner/v1/launches", content=content, headers=headers)
    assert answer.json()["code"] == code
    as_form = await server.http.post(
        "/partner/v1/launches", data={"entry": "home"}, headers=headers | {"Content-Type": "text/plain"}
    )
    assert as_form.json()["code"] == "request.content_type"


async def test_what_is_malformed_is_refused_in_plain_words(house: PartnerApiHouse) -> None:
    server, body = house.make_key(), {"entry": "home"}
    long = await server.ask("POST", "/launches", body, intent="k" * 65)
    assert long.json()["code"] == "idempotency.malformed"
    latin = {"Content-Type": "application/json; charset=latin-1"}
    assert (await server.ask("POST", "/launches", body, **latin)).json()["code"] == "request.content_type"
    utf8 = {"Content-Type": 'application/json; charset="UTF-8"'}
    assert (await server.ask("POST", "/launches", body, **utf8)).status_code == 201
    reference = (await server.ask("POST", "/launches", body | {"external_reference": "a b"})).json()
    assert reference["detail"] == "1 to 64 letters, digits and the characters . _ : -"


@pytest.mark.parametrize(
    ("path", "code", "field"),
    [
        ("/launches?limit=0", "field.invalid", "limit"),
        ("/launches?limit=101", "field.invalid", "limit"),
        ("/launches?limit=1&limit=2", "field.repeated", "limit"),
        ("/launches?page=2", "field.unknown", "page"),
        ("/launches?after=abc", "cursor.invalid", "after"),
        ("/keys?limit=1", "field.unknown", "limit"),
        ("/nothing", "path.unknown", None),
        ("/launches/no%20such%20id", "launch.unknown", None),
    ],
)
async def test_a_wrong_address_is_refused_by_name(
    house: PartnerApiHouse, path: str, code: str, field: str | None
) -> None:
    body = (await house.make_key().ask("GET", path)).json()
    assert (body["code"], body.get("field")) == (code, field)


async def test_a_wrong_method_names_the_right_ones(house: PartnerApiHouse) -> None:
    answer = await house.make_key().ask("DELETE", "/launches")
    assert (answer.status_code, answer.json()["code"]) == (405, "method.not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


async def test_a_head_is_answered_like_a_get(house: PartnerApiHouse) -> None:
    server = house.make_key()
    got, head = await server.ask("GET", "/launches"), await server.ask("HEAD", "/launches")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    none = await server.ask("HEAD", "/token")
    assert (none.status_code, none.headers["allow"]) == (405, "POST")


async def test_a_repetition_gets_the_first_answer_and_another_request_does_not(
    house: PartnerApiHouse,
) -> None:
    server = house.make_key()
    first = await server.ask("POST", "/launches", {"entry": "home"}, intent="k-1")
    assert first.status_code == 201, first.text
    # Quoted, as the draft about the header has it, and with another key of the same partner.
    again = await house.make_key().ask("POST", "/launches", {"entry": "home"}, intent='"k-1"')
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await server.ask("POST", "/launches", {"entry": "credit"}, intent="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")
    # Keys of another partner are its own.
    foreign = await house.make_key("mbank").ask("POST", "/launches", {"entry": "credit"}, intent="k-1")
    assert foreign.status_code == 201
    assert len((await server.ask("GET", "/launches")).json()["items"]) == 1
    without = await server.http.post(
        "/partner/v1/launches", json={"entry": "home"}, headers={"Authorization": f"Bearer {server.token}"}
    )
    assert without.json()["code"] == "idempotency.missing"


async def test_a_version_is_named_and_one_that_goes_away_says_so(
    house: PartnerApiHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = house.make_key()
    assert (await server.ask("GET", "/launches")).headers["sunbridge-version"] == versions.NEWEST
    unknown = await server.ask("GET", "/launches", **{"Sunbridge-Version": "2020-01-01"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "version.unknown")
    old = versions.Version("2026-11-01", date(2026, 12, 1), date(2027, 6, 1))
    monkeypatch.setattr(versions, "VERSIONS", (old, *versions.VERSIONS))
    told = (await server.ask("GET", "/launches", **{"Sunbridge-Version": "2026-11-01"})).headers
    assert told["deprecation"] == "@1796083200"
    assert told["sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    monkeypatch.setattr(versions, "VERSIONS", (replace(old, sunset_on=date(2026, 11, 1)),))
    assert (await server.ask("GET", "/launches")).json()["code"] == "version.unknown"


async def test_each_answer_says_what_is_left_and_too_many_are_refused(
    house: PartnerApiHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(REQUESTS, most=2)
    monkeypatch.setattr("h5app.partner_api.serving.REQUESTS", few)
    server = house.make_key()
    first = await server.ask("GET", "/keys")
    assert first.headers["ratelimit-policy"] == '"requests";q=2;w=60'
    assert first.headers["ratelimit"] == '"requests";r=1;t=60'
    await server.ask("GET", "/keys")
    refused = await server.ask("GET", "/keys")
    assert (refused.status_code, refused.json()["code"]) == (429, "limit.reached")
    assert (refused.headers["retry-after"], refused.headers["ratelimit"]) == ("60", '"requests";r=0;t=60')
    # Another key has its own.
    assert (await house.make_key().ask("GET", "/keys")).status_code == 200


async def test_the_log_is_the_partners_own_complete_over_pages_and_ends_after_thirty_days(
    house: PartnerApiHouse,
) -> None:
    server, other = house.make_key(), house.make_key("mbank")
    for _ in range(5):
        house.clock.advance(timedelta(seconds=1))
        await server.ask("GET", "/keys")
        await other.ask("GET", "/keys")
    seen: list[str] = []
    after = ""
    while True:
        page = (await server.ask("GET", f"/requests?limit=2{after}")).json()
        seen += [line["request_id"] for line in page["items"] if line["path"] == "/partner/v1/keys"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 5
    foreign = await other.ask("GET", f"/requests/{seen[0]}")
    assert foreign.json()["code"] == "request.unknown"
    house.clock.advance(timedelta(days=30, seconds=1))
    await cleaning_job(house.api).run()
    await server.log_in()
    assert (await server.ask("GET", f"/requests/{seen[0]}")).json()["code"] == "request.unknown"


async def test_no_body_and_no_secret_is_logged(house: PartnerApiHouse) -> None:
    server = house.make_key()
    await server.ask("POST", "/launches", {"entry": "home", "external_reference": "loan-77"})
    logged = (await server.ask("GET", "/requests")).text
    assert "loan-77" not in logged
    assert server.secret is not None
    assert server.secret not in logged
