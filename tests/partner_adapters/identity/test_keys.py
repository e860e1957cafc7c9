"""Partners' keys: few calls, rotation found, withdrawal noticed, other keys in the set left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.errors import IdentityUnavailable
from partner_adapters.kit.web.calls.http_client import HttpClient

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")]
URL = "https://login.example/jwks"
# 1,024 bits in base64url.
SHORT_MODULUS = "v" * 171
OLD, NEW = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))


class Publisher:
    """A JWKS that changes; counts how often it is read."""

    def __init__(self, *keys: Any, **limits: float) -> None:
        self.keys: list[Any] = list(keys)
        self.calls = 0
        self.partner_keys = PartnerKeys(HttpClient(httpx.MockTransport(self._answer)), **limits)

    async def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.calls += 1
        await asyncio.sleep(0)
        return httpx.Response(200, json={"keys": [_jwk(key) for key in self.keys]})

    async def finds(self, kid: str | None) -> int:
        return len(await self.partner_keys.find(URL, kid))


def _jwk(key: Any) -> Any:
    return key if isinstance(key, dict | str) else key.as_dict(private=False)


async def test_keys_are_fetched_once_also_by_many_at_a_time() -> None:
    publisher = Publisher(OLD)
    assert await asyncio.gather(*(publisher.finds(OLD.kid) for _ in range(20))) == [1] * 20
    assert publisher.calls == 1


async def test_a_rotated_key_is_found_at_once() -> None:
    publisher = Publisher(OLD)
    await publisher.finds(OLD.kid)
    publisher.keys = [NEW]
    assert await publisher.finds(NEW.kid) == 1
    assert publisher.calls == 2


async def test_invented_names_do_not_make_us_a_flood() -> None:
    publisher = Publisher(OLD)
    for number in range(50):
        assert await publisher.finds(f"invented-{number}") == 0
    assert publisher.calls == 2
    assert await publisher.finds(OLD.kid) == 1


async def test_after_a_pause_we_look_again() -> None:
    publisher = Publisher(OLD, pause_s=0)
    assert await publisher.finds("later") == 0
    publisher.keys = [NEW]
    assert await publisher.finds(NEW.kid) == 1


async def test_a_withdrawn_key_stops_counting_when_the_copy_is_old() -> None:
    publisher = Publisher(OLD, fresh_s=0)
    assert await publisher.finds(OLD.kid) == 1
    publisher.keys = [NEW]
    assert await publisher.finds(OLD.kid) == 0


async def test_without_a_name_every_usable_key_may_have_signed() -> None:
    assert await Publisher(OLD, NEW).finds(None) == 2


@pytest.mark.parametrize(
    "stranger",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "x"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "x"},
        {"kty": "new", "kid": "x"},
        {"kid": "x"},
        {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "x"},
        {**OLD.as_dict(private=False), "use": "enc", "kid": "x"},
        {"kty": "RSA", "n": SHORT_MODULUS, "e": "AQAB", "kid": "x"},
        {"kty": "EC", "crv": 7, "kid": "x"},
    ],
)
async def test_keys_we_do_not_verify_with_are_passed_over(stranger: dict[str, Any]) -> None:
    publisher = Publisher(stranger, OLD)
    assert await publisher.finds("x") == 0
    assert await publisher.finds(OLD.kid) == 1


async def test_two_partners_do_not_share_keys() -> None:
    answers = {"/a": OLD, "/b": NEW}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": [_jwk(answers[request.url.path])]})

    keys = PartnerKeys(HttpClient(httpx.MockTransport(answer)))
    assert len(await keys.find("https://x.example/a", OLD.kid)) == 1
    assert len(await keys.find("https://x.example/b", OLD.kid)) == 0


async def test_a_failed_fetch_is_tried_anew_next_time() -> None:
    publisher = Publisher("no key at all")
    with pytest.raises(IdentityUnavailable):
        await publisher.finds(OLD.kid)
    publisher.keys = [OLD]
    assert await publisher.finds(OLD.kid) == 1
