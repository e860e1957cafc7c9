"""What every command of the staff does: read who calls, call the core, and say in one line what went wrong."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path

from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient

URL, CLIENT_ID, SECRET_FILE = "SUNBRIDGE_CORE_URL", "SUNBRIDGE_OPERATOR", "SUNBRIDGE_OPERATOR_SECRET_FILE"


class BadInput(Exception):
    """What the operator typed cannot be sent. The text says why."""


def call_core(
    work: Callable[[CoreCalls], Awaitable[None]], document: str, meanings: Mapping[str, str] | None = None
) -> int:
    """Do the work as the operator whom the environment names. `document`: where the settings are explained.

    `meanings`: what to do about a refusal, by its code.

    Return 0, 1 where the core refused or did not answer, 2 where a setting is missing.
    """
    missing = [name for name in (URL, CLIENT_ID, SECRET_FILE) if not os.environ.get(name)]
    if missing:
        print(f"not set: {', '.join(missing)} ({document})", file=sys.stderr)
        return 2
    try:
        secret = Path(os.environ[SECRET_FILE]).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        print(f"{SECRET_FILE}: cannot be read: {reason}", file=sys.stderr)
        return 1
    try:
        asyncio.run(_call(work, secret))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has left. What was asked for is done; the rest of the output goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BadInput as error:
        print(error, file=sys.stderr)
    except Problem as problem:
        print(f"refused: {problem.code} {dict(problem.params) or ''}".rstrip(), file=sys.stderr)
        if meaning := (meanings or {}).get(problem.code):
            print(f"  {meaning}", file=sys.stderr)
        for each in problem.errors:
            if why := each.params.get("why"):
                print(printable(f"  {each.field}: {why}"), file=sys.stderr)
    except CallFailed as error:
        print(f"no answer: {error.reason}. The same command can be given again.", file=sys.stderr)
    else:
        return 0
    return 1


async def _call(work: Callable[[CoreCalls], Awaitable[None]], secret: str) -> None:
    url, http = os.environ[URL].rstrip("/"), HttpClient()
    try:
        await work(CoreCalls(http, url, CoreTokens(http, url, os.environ[CLIENT_ID], secret)))
    finally:
        await http.aclose()


def day(text: str) -> date:
    """Return the day that an argument names. Raises argparse's error."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not a day, such as 2026-12-31") from None


def printable(text: str) -> str:
    """Return a stranger's text without the control characters that would command the terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )
