"""Which sessions a notice of a sign-out ends: by the host's name for a login, by its subject, or by both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from h5app import sessions
from h5app.sessions import FaceStatement
from partner_adapters.identity.errors import IdentityUntrusted
from partner_adapters.identity.identity import Check
from partner_adapters.identity.oidc.logout import EVENT, LogoutClaims, check_logout
from partner_adapters.kit.values.clock import epoch
from tests.support.houses.site import NOW, PARTNER, PERSON, Site

pytestmark = pytest.mark.anyio
OTHER = replace(PERSON, customer_id="cu-2", subject="sub-2")
# Session → partner, person, the host's name for the login.
OPEN = {
    "first phone": (PARTNER, PERSON, "sid-1"),
    "second phone": (PARTNER, PERSON, "sid-2"),
    "a host that named none": (PARTNER, PERSON, None),
    "another person": (PARTNER, OTHER, "sid-3"),
    "another partner": ("haian", PERSON, "sid-1"),
}


@pytest.mark.parametrize(
    ("subject", "sid", "ended"),
    [
        (None, "sid-1", {"first phone"}),
        (None, "sid-3", {"another person"}),
        (None, "sid-9", set()),
        ("sub-1", "sid-2", {"second phone"}),
        ("sub-1", "sid-3", set()),
        ("sub-2", "sid-1", set()),
        ("sub-1", None, {"first phone", "second phone", "a host that named none"}),
    ],
)
async def test_a_notice_ends_exactly_the_sessions_that_it_means(
    pages: Site, subject: str | None, sid: str | None, ended: set[str]
) -> None:
    services = pages.services
    services.partners["haian"] = services.partners[PARTNER]  # type: ignore[index]
    seen = FaceStatement("an.id.token", Check(("face",), None, NOW), "s" * 43)
    secrets = {
        name: await sessions.begin(services, partner, person, seen, (None, None), None, host_session)
        for name, (partner, person, host_session) in OPEN.items()
    }
    count = await sessions.end_of_subject(services, PARTNER, subject, sid)
    left = {name for name, secret in secrets.items() if await sessions.is_open(services, secret)}
    assert (OPEN.keys() - left, count) == (ended, len(ended))


def claims(**named: str) -> LogoutClaims:
    now = epoch(NOW)
    said = {
        "iss": "https://host",
        "aud": "us",
        "iat": now,
        "exp": now + 120,
        "jti": "1",
        "events": {EVENT: {}},
    }
    return LogoutClaims.model_validate(said | named)


@pytest.mark.parametrize("named", [{"sid": "sid-1"}, {"sub": "sub-1"}, {"sub": "sub-1", "sid": "sid-1"}])
def test_a_logout_token_names_a_login_a_subject_or_both(named: dict[str, str]) -> None:
    meant = check_logout(claims(**named), "https://host", "us", NOW + timedelta(seconds=1), 10)
    assert (meant.subject, meant.host_session) == (named.get("sub"), named.get("sid"))


def test_a_logout_token_that_names_neither_is_refused() -> None:
    with pytest.raises(IdentityUntrusted):
        check_logout(claims(), "https://host", "us", NOW, 10)
