"""`/sdk/<version>/sunbridge.js`: the module that partners' pages load, from any origin, checked there by its hash.

An address never changes its content: another content is another version.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.kit.pages.static_files import FOREVER

SDK = Path(__file__).parents[1] / "sdk/js"


def sdk_routes(folder: Path = SDK) -> list[Route]:
    """None where the folder was not installed: no page of ours needs it."""
    if not folder.is_dir():
        return []
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    body = (folder / "sunbridge.js").read_bytes()
    packed = gzip.compress(body, 9, mtime=0)
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}

    async def show(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                packed, media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"}
            )
        return Response(body, media_type="text/javascript", headers=headers)

    return [Route(f"/sdk/{version}/sunbridge.js", show, name="sdk")]
