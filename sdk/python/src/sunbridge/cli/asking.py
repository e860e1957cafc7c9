"""`sunbridge launch` and `sunbridge orders show`."""

from __future__ import annotations

import argparse
from typing import Any

from sunbridge.cli.access import add_access, client, tell
from sunbridge.models import Status


def add_commands(commands: Any) -> None:
    launch = commands.add_parser("launch", help="make a launch and print its address")
    add_access(launch)
    launch.add_argument("--entry", default="home", help="where the person arrives")
    launch.add_argument(
        "--reference", metavar="TEXT", help="your own name for it, which each event brings back"
    )
    launch.add_argument("--lang", choices=["zh", "en"])
    launch.set_defaults(run=_launch)
    orders = commands.add_parser("orders", help="look at orders").add_subparsers(
        metavar="COMMAND", required=True
    )
    show = orders.add_parser("show", help="show an order by our reference or by yours")
    add_access(show)
    show.add_argument("reference")
    show.set_defaults(run=_show)


def _launch(asked: argparse.Namespace) -> int:
    with client(asked) as sunbridge:
        made = sunbridge.launches.create(
            entry=asked.entry, external_reference=asked.reference, lang=asked.lang
        )
    tell(
        asked,
        made.to_dict(),
        f"{made.url}\n{made.id}: opens once, until {made.expires_at:%Y-%m-%d %H:%M:%S} UTC",
    )
    return 0


def _show(asked: argparse.Namespace) -> int:
    with client(asked) as sunbridge:
        # A reference of ours has a form of its own, but a partner's may have the same.
        found = [*sunbridge.orders.list(external_reference=asked.reference)]
        found = found or [sunbridge.orders.retrieve(asked.reference)]
    for order in found:
        tell(asked, order.to_dict(), _line(order))
    return 0


def _line(order: Status) -> str:
    yours = f", yours {order.external_reference}" if order.external_reference else ""
    return f"{order.id}  {order.kind}  {order.state}  since {order.changed_at:%Y-%m-%d %H:%M:%S} UTC{yours}"
