"""`python -m h5app` serves the pages; `python -m h5app migrate` only brings its database up to date."""

from __future__ import annotations

import sys
from functools import partial

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.settings import PREFIX, H5Settings, SettingsError, load_settings
from partner_adapters.kit.durable.crash_points import arm
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private
from partner_adapters.kit.observed.spans import traces
from partner_adapters.kit.web.logs import configure_logs
from partner_adapters.kit.web.operations_port import servers_of
from partner_adapters.kit.web.serving import PortInUse, Server, listen, serve_until_stopped
from partner_adapters.partners.file import ConfigurationError

# How long running requests may take to finish when the process is told to stop.
GRACE_S = 10


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["migrate"]):
        print("usage: python -m h5app [migrate]", file=sys.stderr)
        return 2
    keep_private()
    try:
        settings = load_settings()
        if arguments:
            migrate(settings.database_url)
        else:
            with traces("h5app", settings.traces_url):
                serve(settings)
    except (SettingsError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except DatabaseRefused as refusal:
        print(f"{PREFIX}DATABASE_URL: {refusal}", file=sys.stderr)
        return 1
    except PortInUse as taken:
        name = "PORT" if taken.port == settings.port else "OPERATIONS_PORT"
        print(
            f"{PREFIX}{name}: {settings.host} port {taken.port} cannot be used ({taken.reason})",
            file=sys.stderr,
        )
        return 1
    return 0


def serve(settings: H5Settings) -> None:
    """Serve the pages until a signal stops them. Raises ConfigurationError, DatabaseRefused, PortInUse."""
    app = create_app(settings)
    # Before the database is changed, so that a port in use is reported at once.
    listener = listen(settings.port, settings.host)
    operations = listen(settings.operations_port, settings.host) if settings.operations_port else None
    configure_logs("h5app")
    arm(settings.crash_at)
    migrate(settings.database_url)
    server = partial(
        Server, drain_s=settings.drain_s, grace_s=GRACE_S, trusted_proxies=settings.trusted_proxies
    )
    serve_until_stopped(servers_of(server, app, listener, operations))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
