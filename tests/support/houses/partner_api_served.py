"""The partner API of a running house on a port of its own, as `make demo` runs it: sandbox, keys, webhooks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from h5app.partner_api import keys
from h5app.partner_api.app import create_app
from h5app.partner_api.services import PartnerApi
from h5app.partner_api.settings import PartnerApiSettings
from mock_partners.testing.running.demo import write_environment
from mock_partners.testing.worlds.server import Server, listen
from tests.support.houses.journey import KEY, House

STARTED_WITHIN_S = 20


@dataclass(frozen=True)
class ServedPartnerApi:
    """`url` is its address. `environment` is the file with which an operator's commands find its database."""

    url: str
    environment: Path
    api: PartnerApi

    def make_key(self, partner: str) -> tuple[str, str]:
        """Return the id and the secret of a new key, made as an operator makes it."""
        key = keys.make(partner, "sandbox", list(keys.SCOPES), self.api.clock.wall())
        self.api.store.write_now(lambda conn: keys.write(conn, key))
        assert key.secret is not None
        return key.key_id, key.secret


@contextmanager
def served_partner_api(house: House) -> Iterator[ServedPartnerApi]:
    """Serve it until the end, on the database of the house's pages."""
    listener = listen(0)
    url = f"http://localhost:{listener.getsockname()[1]}"
    environment = {
        "SUNBRIDGE_CONFIG": str(house.world.config),
        "SUNBRIDGE_DATABASE_URL": house.database,
        "SUNBRIDGE_SIGNING_KEYS": KEY,
        "SUNBRIDGE_BASE_URL": house.h5app,
        "SUNBRIDGE_PARTNER_API_BASE_URL": url,
        "SUNBRIDGE_PARTNER_API_MODE": "sandbox",
        "SUNBRIDGE_PARTNER_API_TESTERS_URL": house.world.url("core_bank"),
    }
    given = {name.removeprefix("SUNBRIDGE_").lower(): value for name, value in environment.items()}
    app = create_app(PartnerApiSettings.model_validate(given))
    server = Server(app, listener)
    thread = threading.Thread(target=lambda: asyncio.run(server.work()), name="partner_api", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + STARTED_WITHIN_S
        while not server.started:
            assert thread.is_alive(), "the partner API did not start"
            assert time.monotonic() < deadline, "the partner API did not start"
            time.sleep(0.02)
        file = write_environment(house.world.world, environment)
        yield ServedPartnerApi(url, file, app.state.partner_api)
    finally:
        server.should_exit = True
        thread.join(STARTED_WITHIN_S)
        listener.close()
