"""`python -m h5app` serves the pages; `python -m h5app migrate` only brings its database up to date."""

from __future__ import annotations

import sys

import uvicorn

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.settings import SettingsError, load_settings
from partner_adapters.durable.crash_points import arm
from partner_adapters.registry import ConfigurationError
from partner_adapters.web.logs import configure_logs

KEEP_ALIVE_S = 75
"""Longer than any client of ours keeps a connection, so a POST never meets a closing one."""
GRACE_S = 10
"""How long requests under way may take to finish when the process is told to stop."""


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["migrate"]):
        print("usage: python -m h5app [migrate]", file=sys.stderr)
        return 2
    try:
        settings = load_settings()
        app = None if arguments else create_app(settings)
    except (SettingsError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    configure_logs("h5app")
    arm(settings.crash_at)
    migrate(settings.database_url)
    if app is not None:
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
            access_log=False,
            log_config=None,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
