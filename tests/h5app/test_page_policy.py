"""What a page may load and where it may send: nothing but ourselves and what the partner's table names."""

import re

import pytest

from h5app.services import page_policy_of
from partner_adapters.kit.pages.security.csp import PagePolicy, policy
from partner_adapters.partners.partner import Partner
from tests.support.houses.site import Site

pytestmark = pytest.mark.anyio


def _rules(text: str) -> dict[str, list[str]]:
    return {rule.split()[0]: rule.split()[1:] for rule in text.split("; ")}


def _partner(**changes: object) -> Partner:
    texts = {"zh": "甲", "en": "A"}
    given: dict[str, object] = {
        "id": "lyg",
        "name": texts,
        "bank": {
            "name": texts,
            "full_name": texts,
            "phone": "0518 1234",
            "licence": "B0000H232070001",
            "listed_on": "2026-11-02",
            "partners": [{"id": "lyg", "name": texts, "operator": texts, "since": "2026-03-02"}],
        },
        "identity": {
            "dialect": "oidc",
            "issuer": "https://login.city.example/oidc",
            "client_id": "c",
            "client_auth": "client_secret_basic",
            "client_secret": "s",
            "acr_values": ["face"],
        },
        "core": {"base_url": "https://core.example", "client_id": "c", "client_secret": "s"},
    }
    return Partner.model_validate(given | changes)


def test_a_form_may_end_at_the_partners_login_since_a_redirect_counts() -> None:
    assert _rules(policy("n", page_policy_of(_partner())))["form-action"] == [
        "'self'",
        "https://login.city.example",
    ]


def test_only_the_partner_may_frame_us() -> None:
    framed = _partner(frame_ancestors=["https://app.city.example"])
    assert _rules(policy("n", page_policy_of(framed)))["frame-ancestors"] == ["https://app.city.example"]
    assert _rules(policy("n", page_policy_of(_partner())))["frame-ancestors"] == ["'none'"]
    assert _rules(policy("n", PagePolicy()))["frame-ancestors"] == ["'none'"]


async def test_every_page_has_its_own_nonce_and_uses_it(pages: Site) -> None:
    visitor = await pages.client()
    nonces = set()
    for _ in range(2):
        page = await visitor.get("/leave")
        nonce = re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"])
        assert nonce
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        nonces.add(nonce[1])
    assert len(nonces) == 2


async def test_every_answer_carries_the_headers(pages: Site) -> None:
    visitor = await pages.client()
    static = re.search(r'href="(/static/app[^"]+)"', (await visitor.get("/leave")).text)
    assert static
    for path in ("/lyg/leave", "/lyg/nothing", "/nobody/", static[1], "/healthz"):
        answer = await visitor.http.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-request-id"]
        cached = "immutable" in answer.headers["cache-control"]
        assert cached == path.startswith("/static/")
        assert cached or answer.headers["cache-control"] == "no-store"
