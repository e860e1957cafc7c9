"""Processes of the house, each of which a test can kill alone. They start without the seconds that Python
takes to import.

One process (the standard library's fork server) has imported everything, and runs none of it. Each program
is its child, and a process like any other. It has a memory, a log and an environment of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from h5app.__main__ import main as serve_h5app
from h5app.partner_api.__main__ import main as serve_partner_api
from mock_partners.__main__ import main as serve_parties
from mock_partners.bank.core.migrations.proofs import catalogue_as_migrated
from mock_partners.testing.running.building import application_module
from mock_partners.testing.running.demo import H5APP, PARTNER_API
from mock_partners.testing.worlds.world import PARTIES
from tests.support.databases.planted import BUGS

for _party in PARTIES:
    application_module(_party)

# Half a second, of which every core on SQLite would need its own for its first proof.
catalogue_as_migrated("")

_grown = multiprocessing.get_context("forkserver")
_grown.set_forkserver_preload(["__main__", __name__])


def born(program: str, log: Path, environment: Mapping[str, str], bug: str = "") -> BaseProcess:
    """Start `h5app`, `partner_api` or a party, as `python -m` would.

    `environment` is set on top of ours. `bug` names a bug to plant in it.
    """
    process = _grown.Process(target=_live, args=(program, log, {**os.environ, **environment}, bug))
    process.start()
    return process


def _live(program: str, log: Path, environment: Mapping[str, str], bug: str) -> None:
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with log.open("ab") as sink:
        os.dup2(sink.fileno(), sys.stdout.fileno())
        os.dup2(sink.fileno(), sys.stderr.fileno())
    os.environ.update(environment)
    if bug:
        BUGS[bug](setattr)
    serve = {H5APP: serve_h5app, PARTNER_API: serve_partner_api}.get(program)
    sys.exit(serve_parties([program]) if serve is None else serve([]))


def _end_with_parent() -> None:
    """End this process when its parent ends. The parent may be killed before it can end us."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)
