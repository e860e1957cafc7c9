"""How tests start a browser. It is Debian's Chromium and not a downloaded one, runs as root too, and calls no
outside server.
"""

from __future__ import annotations

import shutil
from typing import Any

ARGUMENTS = [
    "--no-sandbox",  # root may not start without
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch_options() -> dict[str, Any]:
    """For Playwright's `chromium.launch`. RuntimeError where the browser is not installed."""
    executable = shutil.which("chromium-headless-shell")
    if executable is None:
        raise RuntimeError("chromium-headless-shell is not installed: run scripts/system-packages as root")
    return {"executable_path": executable, "args": ARGUMENTS}
