"""What the programs of a house were asked, as their own logs say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.support.houses.processes import ProcessHouse


def requests(running: ProcessHouse, name: str) -> Iterator[dict[str, str]]:
    """Yield each request in the access log of a process."""
    for line in running.log_file(name).read_text("utf-8").splitlines():
        said = json.loads(line)
        if said.get("event") == "request":
            yield said


def count_requests(running: ProcessHouse, names: Iterable[str]) -> Counter[str]:
    """Return how many requests each process has answered so far."""
    return Counter({name: sum(1 for _ in requests(running, name)) for name in names})
