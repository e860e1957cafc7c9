"""Bytes on the wire at each page's first load: itself and all it loads, weighed as in tests/h5app/test_weight.py.

Assets travel gzipped and are kept for ever under the hash of their content. Pages travel plain, because they carry
tokens beside what people typed (BREACH). The measure is deterministic and needs no rounds.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

import structlog

from tests.h5app.test_weight import MAX_BYTES, loaded_by, open_all, weight, wire
from tests.support.houses.site import site


async def weigh(folder: Path) -> None:
    with site(folder) as pages:
        visitor, opened = await open_all(pages)
        assets = sorted({address for page in opened for address in loaded_by(page.text).addresses})
        print(f"{'bytes':>7}  asset, gzipped")
        for address in assets:
            print(f"{len((await wire(visitor, address))[1]):7}  {address}")
        report(
            [(page.url.raw_path.decode(), len(page.content), await weight(visitor, page)) for page in opened]
        )


def report(weights: list[tuple[str, int, int]]) -> None:
    print(f"{'page':>7} {'first load':>11}  of at most {MAX_BYTES}")
    for path, alone, whole in sorted(weights, key=lambda one: -one[2]):
        print(f"{alone:7} {whole:11}  {100 * whole / MAX_BYTES:3.0f} %  {path}")
    assert all(whole <= MAX_BYTES for _path, _alone, whole in weights)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(weigh(Path(folder)))


if __name__ == "__main__":
    main()
