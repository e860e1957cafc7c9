"""`/sdk/<version>/<file>`: what partners' pages load, from any origin, checked there by its hash.

An address with a whole version never changes its content: other content is another version. Earlier releases stay,
because pages of partners name them. `/sdk/<major>/<file>` is the newest release of that number.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.kit.pages.static_files import FOREVER

RELEASES = Path(__file__).parent
# How long a page may keep what the moving address gave it.
MOVING = "public, max-age=600"
MEDIA_TYPES: Mapping[str, str] = {".js": "text/javascript", ".ts": "text/plain", ".json": "application/json"}
# The second header lets a script tag without `crossorigin` load them too: our pages' own policy forbids it.
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


@cache
def versions() -> tuple[str, ...]:
    """Return the versions of all releases, the newest last."""
    found = (module.parent.name for module in RELEASES.glob("*/sunbridge.js"))
    return tuple(sorted(found, key=lambda version: [int(part) for part in version.split(".")]))


def sdk_routes() -> list[Route]:
    """Return one route for each file of each release, and for each file of the newest one of each major version."""
    routes = [route for version in versions() for route in _routes(version, version, FOREVER)]
    newest = {version.partition(".")[0]: version for version in versions()}
    return routes + [route for major, version in newest.items() for route in _routes(major, version, MOVING)]


def _routes(name: str, version: str, kept: str) -> list[Route]:
    files = sorted((RELEASES / version).iterdir())
    return [_route(f"/sdk/{name}/{path.name}", path, kept) for path in files]


def _route(address: str, path: Path, kept: str) -> Route:
    body, packed = _contents(path)
    headers = SHARED | {"Cache-Control": kept}
    media_type = MEDIA_TYPES[path.suffix]

    async def show(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(body, media_type=media_type, headers=headers)

    return Route(address, show, name=address.strip("/").replace("/", "_"))


@cache
def _contents(path: Path) -> tuple[bytes, bytes]:
    body = path.read_bytes()
    return body, gzip.compress(body, 9, mtime=0)
