"""`python -m h5app.partner_api` serves the partner API.

`python -m h5app.partner_api keys …` makes, lists and revokes keys of partners. `openapi` prints the API's description,
as docs/openapi/partner-v1.json keeps it.
"""

from __future__ import annotations

import json
import sys

from h5app.partner_api import key_commands
from h5app.partner_api.app import create_app, description
from h5app.partner_api.services import NAME
from h5app.partner_api.settings import load_settings
from h5app.running import Program, run

PARTNER_API = Program(
    name=NAME,
    prefix="PARTNER_API_",
    load=load_settings,
    make_app=create_app,
    ports=lambda settings: (settings.partner_api_port, settings.partner_api_operations_port),
)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["openapi"]:
            print(json.dumps(description(), indent=1, ensure_ascii=False, sort_keys=True))
            return 0
        case []:
            return run(PARTNER_API)
        case ["keys", *command]:
            return run(PARTNER_API, lambda settings: key_commands.main(settings, command))
    print("usage: python -m h5app.partner_api [keys … | openapi]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
