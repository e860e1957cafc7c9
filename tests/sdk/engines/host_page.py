"""An app's page that embeds us, on a real port: with the tags and the policy that our quickstart gives, to the letter.

`/` has the module, `/?classic` the classic script, `/?twice` both. `without=DIRECTIVE` leaves our origin out of that
directive, as an app would that has not read the page yet.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.pages.docs_blocks import file_of, frame_policy, sdk_tag

BANK, LOGIN = "http://localhost:8000", "http://127.0.0.1:8101"
# Where the login page of this bank's partner is.
LOGIN_HERE = "https://identity.test"
HOST_JS = Path(__file__).with_name("host.js").read_bytes()
IMPORT = file_of("quickstart-frame.md", "app.js").partition("\n")[0]
PAGE = """<!doctype html>
<html lang="zh">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>app</title>
<script src="/host.js"></script>
{scripts}
<body>
<h1>the app</h1>
<p><a id="tile" href="{bank}/" data-sunbridge="frame">tile</a></p>
</body>
</html>"""
MODULE = f'{sdk_tag("sunbridge.js")}\n<script type="module" src="/app.js"></script>'
CLASSIC = sdk_tag("sunbridge.classic.js")


@contextmanager
def host_pages() -> Iterator[HostPages]:
    """Serve them until the end. `bank` is told later, because the bank must know this page's origin first."""
    pages = HostPages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = parse_qs(address.query, keep_blank_values=True)
            kind, body = pages.content(address.path, query)
            self.send_response(200)
            self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", pages.policy(query.get("without", [])))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.origin = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()


class HostPages:
    """`origin` is the page's own, `bank` that of our pages."""

    origin = ""
    bank = ""

    def policy(self, without: list[str]) -> str:
        """Return the policy of the quickstart, with the addresses of this run."""
        rules = frame_policy().replace(LOGIN, f"{self.origin} {LOGIN_HERE}").split("; ")
        kept = [rule.replace(BANK, "") if rule.split()[0] in without else rule for rule in rules]
        return "; ".join(kept).replace(BANK, self.bank)

    def content(self, path: str, query: dict[str, list[str]]) -> tuple[str, bytes]:
        """Return kind and body of what stands at a path."""
        match path:
            case "/host.js":
                return "javascript", HOST_JS
            case "/app.js":
                return "javascript", f"{IMPORT}\nwindow.Sunbridge = Sunbridge;\n".replace(
                    BANK, self.bank
                ).encode()
            case "/":
                tags = [MODULE, CLASSIC] if "twice" in query else [CLASSIC if "classic" in query else MODULE]
                scripts = "\n".join(tags).replace(BANK, self.bank)
                return "html", PAGE.format(scripts=scripts, bank=self.bank).encode()
            case _:
                return "html", b"<!doctype html><title>login</title><p>the app's own page</p>"
