"""Before a login in a frame: does this browser keep our cookie there? Else the person is asked to open the whole page.

Found out before the way to the partner and not after it, so that nobody passes a face check for nothing.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.page import link, render
from h5app.services import parts_of
from h5app.sessions import binding_cookie
from h5app.visit import visit_of
from partner_adapters.kit.pages.security.cookies import read_cookie, set_cookie
from partner_adapters.kit.pages.security.secrets import new_secret

TRIED = "tried"
# `/enter?embed=frame`: the partner's page says that it opens us in a frame.
MARK, FRAME = "embed", "frame"


def before_login(request: Request) -> Response | None:
    """None where the login may begin."""
    parts, visit = parts_of(request), visit_of(request)
    name = binding_cookie(parts.settings, visit.partner.id)
    if not visit.framed:
        # A browser too old to say where a page stands keeps no cookie of a frame either.
        silent = request.query_params.get(MARK) == FRAME and "sec-fetch-dest" not in request.headers
        return _whole_page(request) if silent else None
    if read_cookie(request, name):
        return None
    if TRIED in request.query_params:
        return _whole_page(request)
    again = urlencode([*request.query_params.multi_items(), (TRIED, "1")])
    response = RedirectResponse(f"{request.url.path}?{again}", 303)
    set_cookie(response, name, new_secret(), secure=parts.settings.secure, framed=True)
    return response


def _whole_page(request: Request) -> Response:
    kept = {key: value for key, value in request.query_params.items() if key not in (MARK, TRIED)}
    return render(request, "login/whole_page.html", 400, whole=link(request, "enter", kept or None))
