"""An empty page of a partner, on a real port: what stands around our frames.

`/?csp=...` has that content security policy, `coep` and `coop` are its other policies, and `/?frame=...` has that
address in a frame. Any name below `localhost` is another origin on the same port.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = b'<!doctype html><html lang="zh"><title>app</title><p>the app\'s page</p></html>'


@contextmanager
def partners_page() -> Iterator[str]:
    """Its address, `http://127.0.0.1:port`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            query = parse_qs(urlsplit(self.path).query)
            for policy in query.get("csp", []):
                self.send_header("Content-Security-Policy", policy)
            for name, header in (("coep", "Embedder"), ("coop", "Opener")):
                for policy in query.get(name, []):
                    self.send_header(f"Cross-Origin-{header}-Policy", policy)
            self.end_headers()
            frames = [
                f'<iframe width="340" height="700" src="{escape(src)}"></iframe>'
                for src in query.get("frame", [])
            ]
            self.wfile.write(PAGE + "".join(frames).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
