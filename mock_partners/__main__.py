"""`python -m mock_partners demo` starts everything; `python -m mock_partners PARTY…` serves parties in this process."""

from __future__ import annotations

import argparse
import sys

from pydantic import ValidationError

from mock_partners.worlds.demo import DemoFailed, run_demo
from mock_partners.worlds.router import WorldRouter
from mock_partners.worlds.server import PortInUse, Server, listen, serve_until_stopped
from mock_partners.worlds.settings import PREFIX, DemoSettings, port_variable
from mock_partners.worlds.world import PARTIES, build
from partner_adapters.durable.crash_points import arm
from partner_adapters.web.logs import configure_logs

DEMO = "demo"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m mock_partners", description=__doc__)
    parser.add_argument("what", nargs="+", choices=[DEMO, *PARTIES], metavar="demo | PARTY…")
    asked: list[str] = parser.parse_args(arguments).what
    try:
        settings = DemoSettings()
    except ValidationError as error:
        for fault in error.errors():
            print(f"{PREFIX}{fault['loc'][0]}".upper() + f": {fault['msg']}", file=sys.stderr)
        return 1
    if DEMO in asked:
        try:
            run_demo(settings, lambda line: print(line, flush=True))
        except DemoFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        return 0
    return serve(settings, list(dict.fromkeys(asked)))


def serve(settings: DemoSettings, parties: list[str]) -> int:
    """The parties of world `main`, each at its own port, until a signal stops them."""
    configure_logs("+".join(parties))
    arm(settings.crash_at)
    world = settings.world()
    try:
        listeners = {party: listen(settings.port(party)) for party in parties}
    except PortInUse as taken:
        names = ", ".join(port_variable(party) for party in parties if settings.port(party) == taken.port)
        print(f"Port {taken.port} is in use; {names} chooses another.", file=sys.stderr)
        return 1
    serve_until_stopped(
        [
            Server(WorldRouter({world.name: build(world, party)}), listener)
            for party, listener in listeners.items()
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
