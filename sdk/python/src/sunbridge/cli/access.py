"""Which key a command uses: options first, then the environment."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sunbridge import Sunbridge


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has which calls the API."""
    parser.add_argument(
        "--api-url", default=os.environ.get("SUNBRIDGE_API_URL", ""), help="where the partner API is"
    )
    parser.add_argument("--key-id", default=os.environ.get("SUNBRIDGE_KEY_ID", ""), help="the id of your key")
    parser.add_argument(
        "--private-key",
        type=Path,
        default=os.environ.get("SUNBRIDGE_PRIVATE_KEY_FILE"),
        metavar="FILE",
        help="the PEM of a live key; a sandbox secret is read from SUNBRIDGE_SECRET only",
    )
    add_json(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer as one JSON object a line")


def client(asked: argparse.Namespace) -> Sunbridge:
    """Return the client for this key. Raises ValueError, which names what is missing."""
    # A secret on a command line would stand in the shell's history.
    secret = os.environ.get("SUNBRIDGE_SECRET")
    lacks = [
        name
        for name, given in (
            ("SUNBRIDGE_API_URL", asked.api_url),
            ("SUNBRIDGE_KEY_ID", asked.key_id),
            ("SUNBRIDGE_SECRET or SUNBRIDGE_PRIVATE_KEY_FILE", asked.private_key or secret),
        )
        if not given
    ]
    if lacks:
        raise ValueError(f"set {', '.join(lacks)}")
    if asked.private_key:
        pem = Path(asked.private_key).read_text()
        return Sunbridge(asked.api_url, key_id=asked.key_id, private_key=pem)
    return Sunbridge(asked.api_url, key_id=asked.key_id, secret=secret)


def tell(asked: argparse.Namespace, content: Mapping[str, Any], line: str) -> None:
    """Print the line for people, or the content where `--json` asks for it."""
    print(json.dumps(content, ensure_ascii=False) if asked.json else line, flush=True)
