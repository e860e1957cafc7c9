"""A super-app's page with `sdk/js` on it, on a real port: the page whose developers read what an opening came to.

`/?csp=...` has that content security policy. The same port answers on any name below `localhost`, another origin each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

MODULE = Path(__file__).parents[3] / "sdk/js/sunbridge.js"
# `opened(options)` opens and notes how it ended. `told` holds all events, `faults` what the page's own code did wrong.
PAGE = b"""<!doctype html><html lang="zh"><title>app</title><p>the app's page</p>
<a href="https://h5.invalid/lyg/enter" data-sunbridge="frame">tile</a>
<script type="module">
import { Sunbridge } from "/sunbridge.js";
Object.assign(window, { Sunbridge, told: [], ended: null, faults: [], loads: 0 });
addEventListener("error", (event) => faults.push(event.message));
const count = ({ target }) => { loads += target.tagName === "IFRAME" && !target.hidden; };
document.addEventListener("load", count, true);
window.opened = (options) => {
  window.ended = null;
  Sunbridge.open({ mode: "frame", onEvent: (event) => told.push(event), ...options }).then(
    (result) => { ended = result; },
    (fault) => { ended = { rejected: fault.code, by: fault.constructor.name }; });
};
</script></html>"""


@contextmanager
def app_page() -> Iterator[str]:
    """Its address, `http://127.0.0.1:port`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            script = address.path == "/sunbridge.js"
            self.send_response(200)
            self.send_header("Content-Type", f"text/{'javascript' if script else 'html'}; charset=utf-8")
            for policy in parse_qs(address.query).get("csp", []):
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(MODULE.read_bytes() if script else PAGE)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
