"""Write the block of a new partner, to be edited: `blocks/` has one for each dialect, from the pages for partners."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from partner_adapters.partners.file import places_to_fill

BLOCKS = Path(__file__).parent / "blocks"
DIALECTS = tuple(sorted(block.stem for block in BLOCKS.glob("*.toml")))
# As `Partner.id`, without the world of testers.
_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HEAD = """\
# A new partner with the dialect {dialect}. docs/partners/{dialect}.md explains each key.
# 1. Fill in every value that begins with "<fill in".
# 2. Look at every other value too: paths and fields are those of one example host.
# 3. Try it: make demo PARTNER={file}
# 4. For the bank: put the block into the file of the partners, and this line into `partners` of the bank's table:
#    {{ id = "{id}", name = …, operator = …, since = … }}

"""


class NotWritten(Exception):
    """The block was not written. The text says why."""


def block_of(partner_id: str, dialect: str) -> str:
    """Return the block of this dialect for a partner with this id."""
    return (BLOCKS / f"{dialect}.toml").read_text("utf-8").replace("@ID@", partner_id)


def write_block(file: Path, partner_id: str, dialect: str) -> dict[str, str]:
    """Write a new file, and return each place to fill in: its key, and what belongs there. Raises `NotWritten`."""
    if not _ID.fullmatch(partner_id):
        raise NotWritten(
            f"{partner_id}: an id has small letters, digits and hyphens, at most 31, a letter first"
        )
    block = block_of(partner_id, dialect)
    head = _HEAD.format(dialect=dialect, file=file, id=partner_id)
    try:
        # The developer will fill in secrets, so the file is for its owner alone. It never replaces another.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotWritten(f"{file}: exists already; choose another with --file") from None
    except OSError as error:
        raise NotWritten(f"{file}: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(head + block)
    return dict(places_to_fill(tomllib.loads(block)))
