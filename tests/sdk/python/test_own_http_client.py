"""A program brings its own HTTP client: through its company's proxy, with its company's certificates."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import sunbridge
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.houses.scripted_partner_api import ScriptedPartnerApi, api_server, serve_partner_api


def test_every_call_goes_through_the_callers_proxy() -> None:
    with serve_partner_api() as proxy, httpx.Client(proxy=proxy.url) as http:
        bank = sunbridge.Sunbridge("http://bank.invalid", key_id="key_1", secret="s", http_client=http)
        bank.launches.create(entry="home")
        assert [name for name, _query, _body in proxy.asked] == ["POST /token", "POST /launches"]
        # The client stays the caller's: closing ours does not close it.
        bank.close()
        assert not http.is_closed


def test_a_certificate_of_the_callers_own_authority_is_believed_where_the_caller_says_so(
    tmp_path: Path,
) -> None:
    with serve_tls(tmp_path) as (url, authority):
        trusting = httpx.Client(verify=ssl.create_default_context(cafile=str(authority)))
        with trusting, sunbridge.Sunbridge(url, key_id="key_1", secret="s", http_client=trusting) as bank:
            assert bank.launches.create(entry="home").id == "lch_1"
        with (
            sunbridge.Sunbridge(url, key_id="key_1", secret="s", max_retries=0) as bank,
            pytest.raises(sunbridge.ConnectionFailed, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            bank.launches.create(entry="home")


@contextmanager
def serve_tls(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve the API over TLS with a certificate that no browser knows. Yield its address and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, whole = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole.write_bytes(private + authority.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    server: ThreadingHTTPServer = api_server(ScriptedPartnerApi())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
