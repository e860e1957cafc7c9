"""The exact `Set-Cookie` headers, at top level and in another site's frame."""

from starlette.responses import Response

from partner_adapters.kit.pages.security.cookies import drop_cookie, set_cookie

CROSS_SITE = "HttpOnly; Path=/; SameSite=None; Secure; Partitioned"


def test_a_cookie_set_in_a_frame_is_partitioned() -> None:
    response = Response()
    set_cookie(response, "__Host-sb-lyg", "x", secure=True, framed=True)
    assert response.headers["set-cookie"] == f"__Host-sb-lyg=x; {CROSS_SITE}"


def test_a_cookie_is_deleted_with_the_attributes_it_was_set_with() -> None:
    for framed, attributes in ((False, "HttpOnly; Path=/; SameSite=lax; Secure"), (True, CROSS_SITE)):
        response = Response()
        drop_cookie(response, "__Host-sb-lyg", secure=True, framed=framed)
        gone = "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"
        assert response.headers["set-cookie"] == f'__Host-sb-lyg=""; {gone}; {attributes}'
