"""`python -m h5app.partner_api` serves the partner API.

`python -m h5app.partner_api keys …` makes, lists and revokes keys of partners. `openapi` prints the API's description,
as docs/openapi/partner-v1.json keeps it.
"""

from __future__ import annotations

import json
import sys
from functools import partial

from h5app.migrations import migrate
from h5app.partner_api import key_commands
from h5app.partner_api.app import create_app, description
from h5app.partner_api.services import NAME
from h5app.partner_api.settings import PartnerApiSettings, load_settings
from h5app.settings import PREFIX, SettingsError
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
    match arguments:
        case ["openapi"]:
            print(json.dumps(description(), indent=1, ensure_ascii=False, sort_keys=True))
            return 0
        case [] | ["keys", *_]:
            pass
        case _:
            print("usage: python -m h5app.partner_api [keys … | openapi]", file=sys.stderr)
            return 2
    keep_private()
    try:
        settings = load_settings()
        if arguments:
            return key_commands.main(settings, arguments[1:])
        with traces(NAME, settings.traces_url):
            serve(settings)
    except (SettingsError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except DatabaseRefused as refusal:
        print(f"{PREFIX}DATABASE_URL: {refusal}", file=sys.stderr)
        return 1
    except PortInUse as taken:
        name = "PORT" if taken.port == settings.partner_api_port else "OPERATIONS_PORT"
        print(
            f"{PREFIX}PARTNER_API_{name}: {settings.host} port {taken.port} cannot be used ({taken.reason})",
            file=sys.stderr,
        )
        return 1
    return 0


def serve(settings: PartnerApiSettings) -> None:
    """Serve until a signal stops it. Raises ConfigurationError, DatabaseRefused, PortInUse."""
    app = create_app(settings)
    # Before the database is changed, so that a port in use is reported at once.
    listener = listen(settings.partner_api_port, settings.host)
    port = settings.partner_api_operations_port
    operations = listen(port, settings.host) if port else None
    configure_logs(NAME)
    arm(settings.crash_at)
    migrate(settings.database_url)
    server = partial(
        Server, drain_s=settings.drain_s, grace_s=GRACE_S, trusted_proxies=settings.trusted_proxies
    )
    serve_until_stopped(servers_of(server, app, listener, operations))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
