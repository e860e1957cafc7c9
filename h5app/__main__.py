"""`python -m h5app` serves the pages; `python -m h5app migrate` only brings its database up to date."""

from __future__ import annotations

import sys

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.running import Program, run
from h5app.settings import H5Settings, load_settings

PAGES = Program(
    name="h5app",
    prefix="",
    load=load_settings,
    make_app=create_app,
    ports=lambda settings: (settings.port, settings.operations_port),
)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["migrate"]):
        print("usage: python -m h5app [migrate]", file=sys.stderr)
        return 2
    return run(PAGES, _migrate if arguments else None)


def _migrate(settings: H5Settings) -> int:
    migrate(settings.database_url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
