"""How long a program waits for `import sunbridge`, beside `import stripe`, in the examples' environment.

Both are imported in turns in fresh processes, so that a busy moment of the machine meets both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".sunbridge" / "examples" / "bin" / "python"
ROUNDS = 15
STATEMENTS = {
    "sunbridge (webhooks only)": "import sunbridge",
    "sunbridge with its client": "from sunbridge import Sunbridge",
    "stripe with its client": "from stripe import StripeClient",
}


def main() -> None:
    subprocess.run([ROOT / "scripts" / "examples-env"], check=True)
    took: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for turn in range(ROUNDS + 1):
        for name, statement in STATEMENTS.items():
            seconds = _seconds(statement)
            # The first turn only compiles.
            took[name] += [seconds] if turn else []
    for name, times in took.items():
        middle = statistics.median(times) * 1000
        print(
            f"{name}: {middle:.0f} ms (median of {ROUNDS}, {min(times) * 1000:.0f} to {max(times) * 1000:.0f})"
        )


def _seconds(statement: str) -> float:
    code = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    env = {"PATH": os.environ["PATH"]}
    ran = subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(ran.stdout)


if __name__ == "__main__":
    main()
