"""A text that two readers understand differently is refused, and so is a body that claims to be something else."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.oidc.claims import Claims
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import Command, Wire
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import HttpClient, OutcomeUnknown, Unanswered
from partner_adapters.kit.web.calls.json_client import JsonClient
from partner_adapters.kit.web.json_answers import answer, read

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}


class Part(Wire):
    name: str = ""


class Transfer(Command):
    count: int
    part: dict[str, str] = {}


async def take(request: Request) -> Response:
    return answer(await read(request, Transfer))


def saying(body: str = "", status: int = 200) -> httpx.ASGITransport:
    """The wire to a service that reads `Transfer` at `/take`, and answers `body` at `/say`."""

    async def say(_request: Request) -> Response:
        return Response(body, status, media_type="application/json")

    routes = [
        Route("/take", take, methods=["POST"]),
        Route("/say", say, methods=["GET", "POST"]),
        Route("/slash/", say),
    ]
    return httpx.ASGITransport(service("t", routes), raise_app_exceptions=False)


def caller() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=saying(), base_url="http://t")


@pytest.mark.parametrize(
    "body",
    [
        '{"count": 1, "count": 100}',
        '{"count": 1, "\\u0063ount": 1}',
        '{"count": 1, "part": {"a": "x", "a": "x"}}',
        '{"count": 1, "part": {"a": "x"}, "part": {}}',
        b'\xff\xfe{"count": 1}',
    ],
)
async def test_a_body_with_a_name_twice_is_refused(body: str | bytes) -> None:
    async with caller() as http:
        good = await http.post("/take", content='{"count": 1}', headers=JSON)
        refused = await http.post("/take", content=body, headers=JSON)
    assert good.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json-patch+json",
    ],
)
async def test_a_json_endpoint_takes_json_only(content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    async with caller() as http:
        refused = await http.post("/take", content='{"count": 1}', headers=headers)
        taken = await http.post(
            "/take", content='{"count": 1}', headers={"Content-Type": "Application/JSON; charset=utf-8"}
        )
    assert (refused.status_code, refused.json()["code"]) == (415, "request.content_type")
    assert taken.status_code == 200


@pytest.mark.parametrize("path", ["/take/", "/slash"])
async def test_no_service_sends_a_caller_to_the_host_that_the_caller_named(path: str) -> None:
    async with caller() as http:
        told = await http.get(path, headers={"Host": "evil.example"})
    assert told.status_code == 404
    assert "location" not in told.headers


# Files that read JSON which the same program wrote.
OWN_JSON = {
    "h5app/confirming/drafts.py",
    "h5app/confirming/guests.py",
    "h5app/downloads.py",
    "h5app/login/arrivals.py",
    "h5app/login/outcomes.py",
    "h5app/pages/freeze/code.py",
    "h5app/partner_api/idempotency.py",
    "h5app/sdk/errors.py",
    "mock_partners/bank/core/audit/heads.py",
    "mock_partners/bank/core/products/catalogue.py",
    "mock_partners/bank/esign/rendering.py",
    "mock_partners/outside/data_sources/deviations.py",
    "mock_partners/testing/registrations/parties.py",
    "mock_partners/testing/worlds/clock.py",
}
# Models of files that come with the program, or that it wrote.
OWN_MODELS = {"AuthorityKeys", "ProductDocument"}


def test_json_of_others_is_read_in_one_way_only() -> None:
    lax = re.compile(r"\bjson\.loads?\(|\bvalidate_json\(|\brequest\.json\(|\bfrom_json\(")
    packages = ("h5app", "partner_adapters", "mock_partners")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if lax.search(file.read_text("utf-8"))}
    assert found == OWN_JSON
    texts = "".join(file.read_text("utf-8") for file in files)
    bases = defaultdict(list)
    for name, base in re.findall(r"^class (\w+)\((\w+)", texts, re.M):
        bases[name].append(base)
    read = set(re.findall(r"\b(\w*[A-Z]\w*)\.model_validate_json\(", texts))
    assert {name for name in read if not _is_strict(name, bases)} == OWN_MODELS


def _is_strict(name: str, bases: Mapping[str, Sequence[str]]) -> bool:
    return name == "JsonModel" or any(_is_strict(base, bases) for base in bases.get(name, ()))


async def test_an_answer_with_a_name_twice_is_not_believed() -> None:
    client = JsonClient(HttpClient(saying('{"name": "a", "name": "b"}')), "http://t")
    with pytest.raises(Unanswered):
        await client.get("/say", Part)
    with pytest.raises(OutcomeUnknown):
        await client.post("/say", Transfer(count=1), Part)


async def test_a_refusal_with_a_name_twice_leaves_the_outcome_unknown() -> None:
    once = '{"status": 409, "code": "a.b"}'
    for body, failure in ((once, Problem), (once.replace("}", ', "code": "c.d"}'), OutcomeUnknown)):
        client = JsonClient(HttpClient(saying(body, 409)), "http://t")
        with pytest.raises(failure):
            await client.post("/say", Transfer(count=1), Part)


KEY = ECKey.generate_key("P-256", {"kid": "k"})


def with_header(header: str, payload: bytes) -> str:
    """A token whose header has exactly this text. Its signature holds."""
    first, second = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header.encode(), payload))
    signer = JWSRegistry.algorithms["ES256"]
    signature = base64.urlsafe_b64encode(signer.sign(first + b"." + second, KEY)).rstrip(b"=")
    return b".".join((first, second, signature)).decode()


HEADER = '{"alg": "ES256", "kid": "k"}'
SOUND = b'{"iss": "i", "sub": "s"}'


@pytest.mark.parametrize(
    "header",
    ['{"alg": "ES256", "alg": "ES256", "kid": "k"}', '{"alg": "ES256", "kid": "other", "kid": "k"}'],
)
async def test_a_token_with_a_name_twice_is_not_believed(header: str) -> None:
    async def jwks(_request: Request) -> Response:
        return JSONResponse({"keys": [KEY.as_dict(private=False, use="sig", alg="ES256")]})

    http = HttpClient(httpx.ASGITransport(service("t", [Route("/jwks", jwks)])))
    keys = PartnerKeys(http)

    async def told(token: str) -> Claims:
        return await read_signed(keys, "http://t/jwks", token, Claims, ["ES256"])

    assert (await told(with_header(HEADER, SOUND))).sub == "s"
    for token in (with_header(header, SOUND), with_header(HEADER, b'{"iss": "i", "sub": "s", "sub": "t"}')):
        with pytest.raises(IdentityUntrusted) as refused:
            await told(token)
        assert refused.value.code == Code.MALFORMED
