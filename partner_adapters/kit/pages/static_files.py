"""Static files whose names contain a hash of their content: cacheable for ever, and compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# The design's custom properties, and the resets that every style sheet begins with.
TOKENS = Path(__file__).parent / "static/tokens.css"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes
    media_type: str


@lru_cache(maxsize=256)
def _packed(body: bytes) -> bytes:
    """Return the body compressed. The applications of one process share files, and the best compression is slow."""
    return gzip.compress(body, 9, mtime=0)


class StaticFiles:
    """A folder's files and those given to `add`, held in memory. `base_path` is the application's mount path."""

    def __init__(self, folder: Path, base_path: str = "") -> None:
        self._base_path = base_path
        self._files: dict[str, _File] = {}
        self._names: dict[str, str] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.add(path.relative_to(folder).as_posix(), path.read_bytes())

    def add(self, name: str, body: bytes) -> None:
        """Add a file that is made at start-up, such as a theme."""
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}{dot}{ending}"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._files[hashed] = _File(body, _packed(body), media_type)
        self._names[name] = hashed

    def add_style(self, name: str, *parts: bytes) -> None:
        """Add a style sheet that begins with the kit's tokens. It is one file, so that a page loads only one."""
        self.add(name, b"".join([TOKENS.read_bytes(), *parts]))

    def url(self, name: str) -> str:
        """Return the path to link to. Raises KeyError for an unknown name."""
        return f"{self._base_path}/static/{self._names[name]}"

    def route(self) -> Route:
        """Return the route that serves every file."""
        return Route("/static/{path:path}", self._serve, name="static")

    async def _serve(self, request: Request) -> Response:
        file = self._files.get(request.path_params["path"])
        if file is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"}
            )
        return Response(file.body, media_type=file.media_type, headers=headers)
