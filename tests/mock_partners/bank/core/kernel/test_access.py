"""Who may call: a client with its secret gets a token for its own bank, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.core import LI, STAFF, TestBank

pytestmark = pytest.mark.anyio


async def call(
    bank: TestBank, method: str, path: str, token: str | None = None, **more: object
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await bank.http.send(
        method,
        f"http://core-bank{path}",
        repeatable=False,
        headers=headers,
        **more,  # type: ignore[arg-type]
    )


async def ask_token(
    bank: TestBank, client_id: str, secret: str, grant: str = "client_credentials"
) -> httpx.Response:
    proof, form = {"Authorization": basic(client_id, secret)}, {"grant_type": grant}
    return await bank.http.send(
        "POST", "http://core-bank/oauth/token", repeatable=False, headers=proof, data=form
    )


@pytest.mark.parametrize(
    ("client_id", "secret", "grant", "status", "error"),
    [
        ("h5app-lyg", "secret of haian", "client_credentials", 401, "invalid_client"),
        ("h5app-nobody", "secret of lyg", "client_credentials", 401, "invalid_client"),
        ("h5app-lyg", "", "client_credentials", 401, "invalid_client"),
        ("h5app-lyg", "secret of lyg", "password", 400, "unsupported_grant_type"),
    ],
)
async def test_the_token_endpoint_refuses_as_the_standard_says(
    bank: TestBank, client_id: str, secret: str, grant: str, status: int, error: str
) -> None:
    response = await ask_token(bank, client_id, secret, grant)
    assert (response.status_code, response.json()["error"]) == (status, error)


async def test_every_endpoint_but_the_open_ones_needs_a_token(bank: TestBank) -> None:
    for line in ENDPOINTS:
        response = await call(bank, line.method, line.path)
        expected = {"open": 200, "signature": 404}.get(line.access, 401)
        assert response.status_code == expected, line
        if expected == 401:
            assert "www-authenticate" in response.headers


async def test_a_token_that_was_changed_or_has_ended_is_refused(bank: TestBank) -> None:
    good = issue(bank.core, bank.core.settings.clients[0])
    ended = jwt.encode(
        {"alg": "HS256"},
        {"iss": "https://core-bank", "scope": "api", "bank": "hzw", "partner": "lyg", "exp": 1},
        OctKey.import_key("another key that is long enough.."),
    )
    unsigned = "eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImFwaSJ9."
    for token in (good[:-2] + "xx", ended, unsigned, "nonsense"):
        response = await call(bank, "GET", "/orders/some-intent", token)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    bank.clock.advance(timedelta(seconds=601))
    assert (await call(bank, "GET", "/orders/some-intent", good)).status_code == 401


async def test_the_client_fetches_a_new_token_when_its_own_has_ended(bank: TestBank) -> None:
    client = bank.client()
    customer = await client.customers.identify(bank.statement(LI, agreed=True))
    bank.clock.advance(timedelta(seconds=700))
    assert (await client.customers.overview(customer.customer_id)).customer == customer


async def test_the_proof_is_for_operators_and_customers_are_not(bank: TestBank) -> None:
    await bank.funded_account(LI)
    operator = (await ask_token(bank, "operator-hzw", "operator's secret")).json()["access_token"]
    partner = (await ask_token(bank, "h5app-lyg", "secret of lyg")).json()["access_token"]
    report = await call(bank, "GET", "/proof", operator)
    assert report.json()["holds"] is True
    assert {item["name"] for item in report.json()["items"]} >= {"ledger.debits_equal_credits"}
    assert (await call(bank, "GET", "/proof", partner)).status_code == 403
    assert (await call(bank, "GET", "/consent-texts?purpose=account_terms", operator)).status_code == 403


async def test_every_answer_says_the_business_date_and_forbids_copies(bank: TestBank) -> None:
    for path in ("/healthz", "/orders/unknown", "/nowhere", "/openapi.json"):
        response = await call(bank, "GET", path)
        assert response.headers["sunbridge-business-date"] == "2026-11-24"
        assert response.headers["cache-control"] == "no-store"


async def test_a_command_without_an_intent_is_refused(bank: TestBank) -> None:
    token = issue(bank.core, bank.core.settings.clients[0])
    account = await bank.account(LI)
    path = f"/accounts/{account.account_id}/top-ups"
    response = await call(bank, "POST", path, token, json={"amount": "10.00"})
    assert (response.status_code, response.json()["code"]) == (400, "intent.missing")


STAFF_MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"sub": "staff-stranger"}, "a person whom the core does not know"),
    ({"aud": "another client"}, "made for another client"),
    ({"iss": "https://gov-app/lyg"}, "of another issuer"),
    ({"exp": -120}, "expired"),
    ({"iat": 600, "auth_time": 600}, "made in the future"),
    ({"auth_time": -3600}, "signed in long ago"),
    ({"auth_time": None}, "does not say when"),
]


async def test_the_desk_gets_a_token_only_with_the_statement_of_a_member_of_staff(bank: TestBank) -> None:
    now = epoch(bank.clock.wall())

    def statement(key: ECKey | None = None, **other: object) -> str:
        said: dict[str, object] = {
            "iss": bank.hosts.issuer(STAFF),
            "sub": "staff-junior",
            "aud": "desk",
            "iat": now,
            "exp": now + 600,
            "auth_time": now,
            "nonce": "n",
        } | {name: now + value if isinstance(value, int) else value for name, value in other.items()}
        return bank.hosts.sign(STAFF, {name: v for name, v in said.items() if v is not None}, key)

    async def exchange(assertion: str, secret: str = "desk's secret") -> httpx.Response:
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        proof = {"Authorization": basic("desk", secret)}
        return await bank.http.send(
            "POST", "http://core-bank/oauth/token", repeatable=False, headers=proof, data=form
        )

    given = await exchange(statement())
    assert given.status_code == 200
    assert 0 < given.json()["expires_in"] <= 600
    token = given.json()["access_token"]
    assert (await call(bank, "GET", "/reviews", token)).status_code == 200
    assert (await call(bank, "GET", "/cases", token)).status_code == 403
    assert (await exchange(statement(), "another secret")).status_code == 401
    stranger = ECKey.generate_key("P-256", {"kid": STAFF})
    for wrong, why in [
        (statement(stranger), "signed with another key"),
        (bank.id_token(), "a citizen's"),
        ("", ""),
    ]:
        assert (await exchange(wrong)).json()["error"] == "invalid_grant", why
    for other, why in STAFF_MISTAKES:
        refused = await exchange(statement(**other))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant"), why
    # The desk's own secret alone buys nothing.
    assert (await ask_token(bank, "desk", "desk's secret")).status_code == 401
