"""How a program of h5app's starts: the pages and the partner API share a database, and refuse a start in one form."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from starlette.types import ASGIApp

from h5app.migrations import migrate
from h5app.settings import PREFIX, H5Settings, SettingsError
from partner_adapters.kit.durable.crash_points import arm
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private
from partner_adapters.kit.observed.spans import traces
from partner_adapters.kit.web.logs import configure_logs
from partner_adapters.kit.web.operations_port import servers_of
from partner_adapters.kit.web.serving import PortInUse, Server, listen, serve_until_stopped
from partner_adapters.partners.file import ConfigurationError

# How long running requests may take to finish when the process is told to stop.
GRACE_S = 10
S = TypeVar("S", bound=H5Settings)


@dataclass(frozen=True)
class Program(Generic[S]):
    """One program. `name`: in logs and traces. `prefix`: between `SUNBRIDGE_` and `PORT` or `OPERATIONS_PORT`.

    `ports` returns the port for everyone, and the one for operators or None.
    """

    name: str
    prefix: str
    load: Callable[[], S]
    make_app: Callable[[S], ASGIApp]
    ports: Callable[[S], tuple[int, int | None]]


def run(program: Program[S], work: Callable[[S], int] | None = None) -> int:
    """Serve until a signal stops it, or do `work` instead. Return the exit status, after naming what is wrong."""
    keep_private()
    try:
        settings = program.load()
        if work is not None:
            return work(settings)
        with traces(program.name, settings.traces_url):
            serve(program, settings)
    except (SettingsError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except DatabaseRefused as refusal:
        print(f"{PREFIX}DATABASE_URL: {refusal}", file=sys.stderr)
        return 1
    except PortInUse as taken:
        name = "PORT" if taken.port == program.ports(settings)[0] else "OPERATIONS_PORT"
        print(
            f"{PREFIX}{program.prefix}{name}: {settings.host} port {taken.port} cannot be used ({taken.reason})",
            file=sys.stderr,
        )
        return 1
    return 0


def serve(program: Program[S], settings: S) -> None:
    """Serve until a signal stops it. Raises ConfigurationError, DatabaseRefused, PortInUse."""
    app = program.make_app(settings)
    port, operations_port = program.ports(settings)
    # Before the database is changed, so that a port in use is reported at once.
    listener = listen(port, settings.host)
    operations = listen(operations_port, settings.host) if operations_port else None
    configure_logs(program.name)
    arm(settings.crash_at)
    migrate(settings.database_url)
    server = partial(
        Server, drain_s=settings.drain_s, grace_s=GRACE_S, trusted_proxies=settings.trusted_proxies
    )
    serve_until_stopped(servers_of(server, app, listener, operations))
