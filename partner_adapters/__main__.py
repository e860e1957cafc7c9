"""`python -m partner_adapters check FILE [PARTNER] [--core FILE] [--live] [--json]`: check the partners' file.

It describes each partner. With `--core` it compares each block with the core's, and with `--live` it also calls the
hosts and the core. `python -m partner_adapters new ID --dialect D` writes a block to edit.
Exit status: 0 without a fault, 1 with faults (each names its configuration key), 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from partner_adapters.partners.check.commands import AnyOrder, add_check_and_new


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m partner_adapters")
    add_check_and_new(parser.add_subparsers(metavar="COMMAND", required=True, parser_class=AnyOrder))
    asked = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = asked.run
    return run(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
