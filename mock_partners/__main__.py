"""Start the demo with `python -m mock_partners demo`, or serve parties with `python -m mock_partners PARTY…`."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from mock_partners.testing.running.building import build
from mock_partners.testing.running.demo import DemoFailed, run_demo
from mock_partners.testing.running.settings import PREFIX, DemoSettings, operations_variable, port_variable
from mock_partners.testing.worlds.router import WorldRouter
from mock_partners.testing.worlds.server import PortInUse, Server, listen
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.kit.durable.crash_points import arm
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private
from partner_adapters.kit.observed.spans import traces
from partner_adapters.kit.web.logs import configure_logs
from partner_adapters.kit.web.operations_port import servers_of
from partner_adapters.kit.web.serving import serve_until_stopped

DEMO = "demo"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m mock_partners", description=__doc__)
    parser.add_argument("what", nargs="+", choices=[DEMO, *PARTIES], metavar="demo | PARTY…")
    parser.add_argument(
        "--partner",
        type=Path,
        metavar="FILE",
        help="demo only: a TOML file with a partner of your own, which the demo keeps",
    )
    options = parser.parse_args(arguments)
    asked: list[str] = options.what
    keep_private()
    try:
        settings = DemoSettings()
    except ValidationError as error:
        _say(PREFIX, error)
        return 1
    try:
        settings.world().tighten()
    except PermissionError as error:
        print(f"{PREFIX}FOLDER: {error.filename} is open to others and cannot be changed", file=sys.stderr)
        return 1
    if DEMO in asked:
        try:
            run_demo(settings, _tell, options.partner)
        except DemoFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        return 0
    parties = list(dict.fromkeys(asked))
    with traces("+".join(parties), settings.traces_url):
        return serve(settings, parties)


def serve(settings: DemoSettings, parties: list[str]) -> int:
    """Serve the parties of world `main`, each on its own port, until a signal stops them."""
    configure_logs("+".join(parties))
    arm(settings.crash_at)
    world = settings.world()
    try:
        listeners = {party: listen(settings.port(party)) for party in parties}
        operations = {
            party: listen(port) for party in parties if (port := settings.operations_port(party)) is not None
        }
    except PortInUse as taken:
        ports: dict[str, int | None] = {port_variable(party): settings.port(party) for party in parties}
        ports |= {operations_variable(party): settings.operations_port(party) for party in parties}
        names = ", ".join(name for name, port in ports.items() if port == taken.port)
        print(f"Port {taken.port} cannot be used ({taken.reason}); {names} chooses another.", file=sys.stderr)
        return 1
    try:
        routers = {party: WorldRouter({world.name: build(world, party)}) for party in parties}
    except ValidationError as error:
        _say("+".join(parties) + ": ", error)
        return 1
    servers = [
        server
        for party, listener in listeners.items()
        for server in servers_of(
            partial(Server, drain_s=settings.drain_s, lifespan="off"),
            routers[party],
            listener,
            operations.get(party),
            f"/{world.name}",
        )
    ]
    try:
        serve_until_stopped(servers, [router.running() for router in routers.values()])
    except DatabaseRefused as refusal:
        variables = ", ".join(f"{PREFIX}{party}_DATABASE_URL".upper() for party in parties)
        print(f"{variables}: {refusal}", file=sys.stderr)
        return 1
    return 0


def _tell(line: str) -> None:
    # A reader of the output that has gone, as of `make demo | head -1`, does not end the programs.
    with suppress(OSError, ValueError):
        print(line, flush=True)


def _say(prefix: str, error: ValidationError) -> None:
    """Print one line for each fault. Environment variables are written in capitals, a party's settings as they
    are.
    """
    for fault in error.errors(include_input=False):
        name = ".".join(str(part) for part in fault["loc"])
        shown = name.upper() if prefix == PREFIX else name
        print(f"{prefix}{shown}: {fault['msg'].removeprefix('Value error, ')}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
