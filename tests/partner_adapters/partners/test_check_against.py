"""`check` compares a block with the host's discovery document and the core's block, and tries the core's token."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from partner_adapters.__main__ import main
from partner_adapters.identity.oidc.config import OidcConfig, ParticularsConfig
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.partners.check import against_core, against_discovery, core_token
from partner_adapters.partners.check.against_discovery import Metadata
from partner_adapters.partners.check.findings import Finding
from partner_adapters.partners.check.probe import probe
from partner_adapters.partners.file import load_partners
from partner_adapters.partners.partner import Partner
from tests.support.houses.gov_app import BASE, H5APP, SuperApp, super_app
from tests.support.partner_examples import example_partners, write_examples

pytestmark = pytest.mark.anyio
SCOPES = ["openid", "profile", "phone", "id_document"]
FACE = "urn:sunbridge:acr:face"
DOCUMENT: dict[str, Any] = {
    "issuer": "https://login.lyg.example/citizens",
    "authorization_endpoint": "https://login.lyg.example/authorize",
    "userinfo_endpoint": "https://login.lyg.example/userinfo",
    "jwks_uri": "https://login.lyg.example/jwks",
    "scopes_supported": SCOPES,
    "acr_values_supported": [FACE],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "userinfo_signing_alg_values_supported": ["ES256"],
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
}


def compared(folder: Path, said: Mapping[str, Any], **ours: Any) -> list[Finding]:
    """What is wrong between the block of the documents, with `ours`, and the document with `said`."""
    config = example_partners(folder)["lyg"].identity.model_copy(update=ours)
    assert isinstance(config, OidcConfig)
    found = against_discovery.compare(config, Metadata.model_validate(DOCUMENT | said))
    return [finding for finding in found if finding.level != "ok"]


def test_a_block_that_fits_its_host_has_nothing_to_mend(tmp_path: Path) -> None:
    assert compared(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("said", "ours", "level", "key", "found"),
    [
        ({"issuer": "https://login.lyg.example/citizens/"}, {}, "fault", "issuer", "citizens"),
        (
            {"authorization_endpoint": "https://other.example/authorize"},
            {},
            "fault",
            "authorization_origins",
            "https://login.lyg.example",
        ),
        ({"scopes_supported": ["openid", "profile"]}, {}, "warning", "scopes", '["phone", "id_document"]'),
        ({"acr_values_supported": ["1", "2"]}, {}, "fault", "acr_values", FACE),
        ({}, {"acr_values": (FACE, "gold")}, "warning", "acr_values", '["gold"]'),
        ({"response_modes_supported": ["fragment"]}, {}, "fault", "response_mode", "without our query"),
        ({"code_challenge_methods_supported": ["plain"]}, {}, "fault", "issuer", "without our S256"),
        ({}, {"pushed_requests": True}, "fault", "pushed_requests", "names none"),
        (
            {"require_pushed_authorization_requests": True},
            {},
            "fault",
            "pushed_requests",
            "names none",
        ),
        ({"require_signed_request_object": True}, {}, "fault", "client_id", "RFC 9101"),
        (
            {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
            {},
            "fault",
            "client_auth",
            'is ["client_secret_post"], without our private_key_jwt',
        ),
        (
            {"token_endpoint_auth_signing_alg_values_supported": ["RS256"]},
            {},
            "fault",
            "private_key",
            "without our ES256",
        ),
        ({"grant_types_supported": ["implicit"]}, {}, "fault", "client_id", "without our authorization_code"),
        ({"response_types_supported": ["id_token"]}, {}, "fault", "client_id", "without our code"),
        ({"dpop_signing_alg_values_supported": ["ES256"]}, {}, "warning", "client_id", "no DPoP proofs"),
        ({"id_token_signing_alg_values_supported": ["RS256"]}, {}, "fault", "algorithms", '["RS256"]'),
        ({"userinfo_signing_alg_values_supported": None}, {}, "fault", "particulars.source", "[]"),
        (
            {"authorization_response_iss_parameter_supported": False},
            {},
            "fault",
            "issuer",
            "authorization_response_iss_parameter_supported = false",
        ),
        (
            {"authorization_response_iss_parameter_supported": None},
            {},
            "warning",
            "issuer",
            "authorization_response_iss_parameter_supported = null",
        ),
    ],
)
def test_what_does_not_fit_the_discovery_document_is_told_with_its_key_and_what_to_mend(
    said: dict[str, Any], ours: dict[str, Any], level: str, key: str, found: str, tmp_path: Path
) -> None:
    (finding,) = compared(tmp_path, said, **ours)
    assert (finding.level, finding.key) == (level, f"identity.{key}")
    assert found in finding.found
    assert finding.expected
    assert finding.mend


def of_app(app: SuperApp, folder: Path) -> Partner:
    return example_partners(folder)["lyg"].model_copy(update={"identity": app.configs["lyg"]})


async def faults_at(app: SuperApp, partner: Partner) -> list[Finding]:
    found = [finding async for finding in probe(partner, app.clock, H5APP, app.transport)]
    return [finding for finding in found if not finding.ok]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("discovery.issuer", ["identity.issuer"]),
        ("discovery.authorization_elsewhere", ["identity.authorization_origins"]),
        ("discovery.no_s256", ["identity.issuer"]),
        ("discovery.token_without_tls", ["identity.issuer"]),
        ("discovery.no_jwks", ["identity.issuer"]),
    ],
)
async def test_a_discovery_document_that_we_refuse_is_told_once(
    name: str, keys: list[str], tmp_path: Path
) -> None:
    async with super_app(tmp_path) as app:
        await app.deviate(name)
        assert [finding.key for finding in await faults_at(app, of_app(app, tmp_path))] == keys


@pytest.mark.parametrize(
    ("error", "key", "mend"),
    [
        ("invalid_scope", "identity.scopes", "leave out the scopes"),
        ("unauthorized_client", "identity.client_id", "the grant authorization_code"),
        ("unmet_authentication_requirements", "identity.acr_values", "levels that the host offers"),
        ("request_uri_not_supported", "identity.pushed_requests", "set it to false"),
        ("strange%0A", "identity.issuer", "the host's documentation"),
    ],
)
@pytest.mark.parametrize("mark", ["?", "#"])
async def test_an_error_in_the_redirect_of_the_authorisation_endpoint_is_read_and_explained(
    mark: str, error: str, key: str, mend: str, tmp_path: Path
) -> None:
    async with super_app(tmp_path) as app:
        location = f"{H5APP}/lyg/callback{mark}error={error}&state=x"
        app.transport.answers["/main/lyg/authorize"] = httpx.Response(303, headers={"location": location})
        (fault,) = await faults_at(app, of_app(app, tmp_path))
        assert fault.key == key
        assert f"answers with status 303 and error='{error.replace('%0A', chr(92) + 'n')}'" in fault.found
        assert mend in fault.mend


async def test_the_real_refusal_of_the_mock_host_is_read(tmp_path: Path) -> None:
    """The host refuses a request without its scope. It says so in the redirect alone, which has status 303."""
    async with super_app(tmp_path) as app:
        narrow = app.configs["lyg"].model_copy(update={"scopes": ("profile",)})
        (fault,) = await faults_at(app, of_app(app, tmp_path).model_copy(update={"identity": narrow}))
        assert (fault.key, fault.level) == ("identity.scopes", "fault")
        assert f"{BASE}/lyg/authorize answers with status 303 and error='invalid_scope'" in fault.found


async def test_a_client_that_the_token_endpoint_does_not_know_is_told_with_its_error(tmp_path: Path) -> None:
    async with super_app(tmp_path) as app:
        app.transport.answers["/main/lyg/token"] = httpx.Response(401, json={"error": "invalid_client"})
        (fault,) = await faults_at(app, of_app(app, tmp_path))
        assert fault.key == "identity.client_auth"
        assert "the host's error is 'invalid_client'" in fault.found


def usual(folder: Path) -> Partner:
    """The partner of the documents, with the default of its particulars."""
    partner = example_partners(folder)["lyg"]
    identity = partner.identity.model_copy(update={"particulars": ParticularsConfig()})
    return partner.model_copy(update={"identity": identity})


def client_for(partner: Partner, **changes: Any) -> dict[str, Any]:
    identity = partner.identity
    assert isinstance(identity, OidcConfig)
    own = {
        "dialect": "oidc",
        "issuer": identity.issuer,
        "audience": identity.client_id,
        "jwks_url": DOCUMENT["jwks_uri"],
    }
    client = {
        "client_id": partner.core.client_id,
        "client_secret": "not read",
        "bank_id": "hzw",
        "partner": partner.id,
        "identity": own,
    }
    return client | changes


def wrong_at_core(partner: Partner, client: dict[str, Any]) -> list[tuple[str, str]]:
    (read,) = against_core.read_clients(Path("core.toml"), [client])
    found = against_core.compare(partner, {read.client_id: read}, Metadata.model_validate(DOCUMENT))
    assert all(finding.expected and finding.mend for finding in found if not finding.ok)
    again = against_core.compare(partner, {read.client_id: read}, Metadata.model_validate(DOCUMENT))
    return [(finding.key, finding.found) for finding in again if not finding.ok]


def test_equal_blocks_are_found_good_and_a_stricter_h5app_too(tmp_path: Path) -> None:
    partner = usual(tmp_path)
    looser = {"drawdown": [{"max_age_s": 600}, {"by": "bank", "methods": ["sms"]}]}
    assert wrong_at_core(partner, client_for(partner)) == []
    assert wrong_at_core(partner, client_for(partner, step_up=looser)) == []


@pytest.mark.parametrize(
    ("identity", "key", "found"),
    [
        ({"issuer": "https://a.example"}, "identity.issuer", "the core has 'https://a.example'"),
        ({"audience": "other"}, "identity.client_id", "the core has 'other'"),
        ({"jwks_url": "https://a.example/k"}, "identity.issuer", "the core has 'https://a.example/k'"),
        ({"algorithms": ["RS256"]}, "identity.algorithms", "the core has ['RS256']"),
        ({"clock_skew_s": 5}, "identity.clock_skew_s", "the core has 5"),
        ({"particulars": {"source": "id_token"}}, "identity.particulars.source", "the core has 'id_token'"),
    ],
)
def test_what_the_cores_block_of_the_same_partner_has_otherwise_is_told(
    identity: dict[str, Any], key: str, found: str, tmp_path: Path
) -> None:
    partner = usual(tmp_path)
    client = client_for(partner)
    assert wrong_at_core(partner, client | {"identity": client["identity"] | identity}) == [(key, found)]


@pytest.mark.parametrize(
    "looser",
    [
        {"max_age_s": 301},
        {"methods": []},
        {"by": "bank"},
        {"limit_fen": 200},
        {"assurance": ["silver"]},
        {"assurance": []},
    ],
)
def test_a_policy_that_is_looser_than_the_cores_is_told(looser: dict[str, Any], tmp_path: Path) -> None:
    core = {"methods": ["face"], "max_age_s": 300, "assurance": ["gold"], "limit_fen": 100}
    partner = usual(tmp_path)
    policies = [
        type(partner.step_up).model_validate({"drawdown": [check]}) for check in (core, core | looser)
    ]
    client = client_for(partner, step_up={"drawdown": [core]})
    same, other = (partner.model_copy(update={"step_up": policy}) for policy in policies)
    assert wrong_at_core(same, client) == []
    assert [key for key, _ in wrong_at_core(other, client)] == ["step_up.drawdown"]


@pytest.mark.parametrize("partner_id", ["haian", "zj", "sfb", "zfb", "mbank", "ebank"])
def test_a_block_of_another_dialect_is_the_same_at_the_core_but_for_its_own_registration(
    partner_id: str, tmp_path: Path
) -> None:
    # Its keys are made anew at each writing.
    file = write_examples(tmp_path)
    partner, text = (
        load_partners(file)[partner_id],
        file.read_text("utf-8").replace("keys/", f"{tmp_path}/keys/"),
    )
    block = tomllib.loads(text)["partners"][partner_id]
    client = client_for(load_partners(file)["lyg"])
    client |= {"partner": partner_id, "identity": block["identity"]}
    client |= {"client_id": partner.core.client_id, "step_up": block.get("step_up", {})}
    assert wrong_at_core(partner, client) == []
    other = json.loads(json.dumps(client))
    if partner_id in ("mbank", "ebank"):
        other["identity"]["issuer"] = "https://a.example"
    else:
        other["identity"]["login"]["steps"][-1]["path"] = "/elsewhere"
    assert len(wrong_at_core(partner, other)) == 1


def test_a_core_without_this_client_and_another_dialect_are_told(tmp_path: Path) -> None:
    partners = example_partners(tmp_path)
    client = client_for(partners["lyg"])
    assert [key for key, _ in wrong_at_core(partners["ebank"], client)] == ["core.client_id"]
    foreign = client | {"client_id": partners["ebank"].core.client_id, "partner": "ebank"}
    assert [key for key, _ in wrong_at_core(partners["ebank"], foreign)] == ["identity.dialect"]


def token_for(partner: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"bank": "hzw", "partner": partner}).encode()).decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{claims.rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            httpx.Response(200, json={"access_token": token_for("lyg")}),
            [("ok", "core.client_secret"), ("ok", "core.client_id")],
        ),
        (
            httpx.Response(200, json={"access_token": token_for("zj")}),
            [("ok", "core.client_secret"), ("fault", "core.client_id")],
        ),
        (httpx.Response(200, json={"access_token": "opaque"}), [("ok", "core.client_secret")]),
        (httpx.Response(401, json={"error": "invalid_client"}), [("fault", "core.client_secret")]),
        (httpx.Response(404, text="<html>"), [("fault", "core.base_url")]),
        (httpx.Response(200, text="<html>"), [("fault", "core.base_url")]),
    ],
)
async def test_the_cores_token_is_tried(answer: httpx.Response, told: list[Any], tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    http = HttpClient(httpx.MockTransport(handle))
    findings = await core_token.try_token(example_partners(tmp_path)["lyg"], http)
    await http.aclose()
    assert [(finding.level, finding.key) for finding in findings] == told
    assert str(asked[0].url) == "https://core.hzw.example/oauth/token"
    assert not [finding for finding in findings if "lyg-core.secret" in finding.text]


def test_findings_are_printed_as_json_with_key_expected_found_and_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_examples(tmp_path)
    core = tmp_path / "core.toml"
    core.write_text(
        '[[clients]]\nclient_id = "h5app-lyg"\nbank_id = "hzw"\npartner = "lyg"\nidentity = { dialect = "oidc", '
        'issuer = "https://a.example", audience = "sunbridge-lyg", jwks_url = "https://a.example/k", '
        'particulars = { fields = { subject = "sub", name = "name", id_type = "id_type", id_number = "id_number", '
        'phone = "phone_number" } } }\n'
    )
    status = main(["check", str(file), "--core", str(core), "--json", "lyg"])
    told = json.loads(capsys.readouterr().out)
    assert (status, told["sound"]) == (1, False)
    (fault,) = [finding for finding in told["findings"] if finding["level"] == "fault"]
    assert fault == {
        "level": "fault",
        "key": "partners.lyg.identity.issuer",
        "expected": "issuer at the core = h5app's 'https://login.lyg.example/citizens'",
        "found": "the core has 'https://a.example'",
        "mend": "correct issuer of the core's client, or this key if the core is right",
    }
    file.write_text(file.read_text("utf-8").replace('accent = "#0b6e6e"', 'accent = "#ffffff"'), "utf-8")
    assert main(["check", str(file), "--json"]) == 1
    (fault,) = json.loads(capsys.readouterr().out)["findings"]
    assert (fault["key"], fault["found"]) == ("partners.lyg.accent", "'#ffffff'")
    with pytest.raises(SystemExit, match="2"):
        main(["check"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "clients: needs at least one table [[clients]]"),
        ("[clients", "is not TOML"),
        ('[[clients]]\nclient_id = "a"', "clients.0.bank_id: Field required"),
        (
            '[[clients]]\nclient_id = "a"\nbank_id = "b"\npartner = "c"\nidentity = { dialect = "saml" }',
            "clients.0.identity.dialect = 'saml': must be one of",
        ),
    ],
)
def test_a_file_of_the_core_that_cannot_be_read_is_told_with_its_key(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    core = tmp_path / "core.toml"
    core.write_text(text)
    assert main(["check", str(write_examples(tmp_path)), "--core", str(core)]) == 1
    assert told in capsys.readouterr().err
