"""Names and flags of the cookies, over https and on loopback."""

import pytest
from starlette.responses import Response

from h5app.security.cookies import binding_cookie, session_cookie, set_cookie
from h5app.settings import H5Settings
from tests.h5app.site import Site

pytestmark = pytest.mark.anyio


def _secure(pages: Site) -> H5Settings:
    return pages.parts.settings.model_copy(update={"base_url": "https://h5.bank.example"})


async def test_over_https_the_browser_itself_holds_the_cookie_to_our_host(pages: Site) -> None:
    settings = _secure(pages)
    assert session_cookie(settings, "lyg") == "__Host-sb-lyg"
    assert binding_cookie(settings, "lyg~w7") == "__Host-sb-lyg~w7-way"
    response = Response()
    set_cookie(response, settings, session_cookie(settings, "lyg"), "x")
    flags = response.headers["set-cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(flags)
    assert not [flag for flag in flags if flag.startswith("Domain")]


async def test_the_plain_name_is_for_loopback_alone(pages: Site) -> None:
    assert session_cookie(pages.parts.settings, "lyg") == "sb-lyg"
