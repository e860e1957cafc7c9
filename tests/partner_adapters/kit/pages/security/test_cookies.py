"""The exact cookies, at top level and in another site's frame."""

from starlette.responses import Response

from partner_adapters.kit.pages.security.cookies import drop_cookie, set_cookie

CROSS_SITE = "HttpOnly; Path=/; SameSite=None; Secure; Partitioned"


def test_in_a_frame_it_is_a_cookie_for_that_frame_under_that_site_alone() -> None:
    response = Response()
    set_cookie(response, "__Host-sb-lyg", "x", secure=True, framed=True)
    assert response.headers["set-cookie"] == f"__Host-sb-lyg=x; {CROSS_SITE}"


def test_a_cookie_is_dropped_from_the_jar_it_lies_in() -> None:
    for framed, attributes in ((False, "HttpOnly; Path=/; SameSite=lax; Secure"), (True, CROSS_SITE)):
        response = Response()
        drop_cookie(response, "__Host-sb-lyg", secure=True, framed=framed)
        gone = "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"
        assert response.headers["set-cookie"] == f'__Host-sb-lyg=""; {gone}; {attributes}'
