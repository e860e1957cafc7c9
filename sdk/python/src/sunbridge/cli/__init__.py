"""`sunbridge`: what a partner's developer asks from a terminal.

Other packages add commands by an entry point in the group `sunbridge.commands`. It names a function that takes the
subparsers of `argparse` and adds its own. Each has the default `run`, a function from the parsed arguments to an exit
status.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any

from sunbridge.cli import asking, doctor, keys, listening
from sunbridge.errors import SunbridgeError

GROUP = "sunbridge.commands"
Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Exit status: 0 done, 1 refused or not found sound, 2 a wrong command line."""
    given = sys.argv[1:] if arguments is None else [*arguments]
    asked = parser(given).parse_args(given)
    run: Run = asked.run
    try:
        return run(asked)
    except SunbridgeError as error:
        print(error, file=sys.stderr)
    except (OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser with our own commands, and with those of other packages unless one of ours is asked for."""
    found = argparse.ArgumentParser(
        prog="sunbridge",
        description="Work with the Sunbridge partner API.",
        epilog="SUNBRIDGE_API_URL, SUNBRIDGE_KEY_ID and SUNBRIDGE_SECRET or SUNBRIDGE_PRIVATE_KEY_FILE name the key.",
    )
    commands: Any = found.add_subparsers(metavar="COMMAND", required=True)
    for module in (asking, listening, keys, doctor):
        module.add_commands(commands)
    if arguments and arguments[0] in commands.choices:
        return found
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        point.load()(commands)
    return found
