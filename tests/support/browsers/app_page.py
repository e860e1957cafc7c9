"""A super-app's page with `sdk/js` on it, on a real port: the page whose developers read what an opening came to.

`/?csp=...` has that content security policy, `/?build=classic` the classic script, `/?lang=en` is in English,
`/?nonce=N` gives its scripts that nonce. The same port answers on any name below `localhost`, another origin each.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from h5app.sdk import routes

RELEASE = routes.RELEASES / routes.versions()[-1]
INTEGRITY: dict[str, str] = json.loads((RELEASE / "integrity.json").read_text("utf-8"))
# `opened(options)` opens and notes how it ended. `told` holds all events, `faults` what the page's own code did wrong.
READY = """
Object.assign(window, { Sunbridge, told: [], ended: null, faults: [], loads: 0, handle: null });
addEventListener("error", (event) => faults.push(event.message));
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
const count = ({ target }) => { loads += target.tagName === "IFRAME" && !target.hidden; };
document.addEventListener("load", count, true);
const plain = (fault) => fault instanceof Error
  ? Object.assign({}, fault, { rejected: true, message: fault.message, isError: true }) : fault;
window.opened = (options) => {
  window.ended = null;
  const onEvent = (event) => told.push(event.error ? Object.assign({}, event, { error: plain(event.error) }) : event);
  const mine = window.handle = Sunbridge.open(Object.assign({ mode: "frame", onEvent }, options));
  const end = (result) => { if (handle === mine) ended = result; };
  mine.result.then(end, (fault) => end(plain(fault)));
};
"""
PAGE = """<!doctype html><html lang="{lang}"><title>app</title><meta name="viewport" content="width=device-width">
<p>the app's page</p>
<a href="https://h5.invalid/lyg/enter" data-sunbridge="frame">tile</a>
{scripts}</html>"""


def page_of(lang: str, build: str, nonce: str) -> str:
    """Return the page with one build of the module, pinned by its hash."""
    marked = f' nonce="{nonce}"' if nonce else ""
    if build == "classic":
        pinned = f'integrity="{INTEGRITY["sunbridge.classic.js"]}" crossorigin="anonymous"'
        scripts = (
            f'<script src="/sunbridge.classic.js" {pinned}{marked}></script><script{marked}>{READY}</script>'
        )
    else:
        module = f'import {{ Sunbridge }} from "/sunbridge.js";{READY}'
        scripts = f'<script type="module"{marked}>{module}</script>'
    return PAGE.format(lang=lang, scripts=scripts)


@contextmanager
def app_page() -> Iterator[str]:
    """Its address, `http://127.0.0.1:port`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            script = RELEASE / address.path.strip("/")
            is_script = script.suffix == ".js" and script.exists()
            self.send_response(200)
            self.send_header("Content-Type", f"text/{'javascript' if is_script else 'html'}; charset=utf-8")
            for policy in parse_qs(address.query).get("csp", []):
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            page = page_of(query.get("lang", "zh"), query.get("build", ""), query.get("nonce", ""))
            self.wfile.write(script.read_bytes() if is_script else page.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
