"""Files that customers send in pieces, so that a bad line costs one piece and not the file."""

from __future__ import annotations

from pydantic import Base64Bytes, Field

from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.pictures import BOUNDS

FILE_ID = r"^[0-9a-f]{32}$"
# As base64 in JSON it stays within the body that the core takes.
PIECE_BYTES = 128 * 1024
# So a customer cannot fill the database with tiny pieces. The last one may be smaller.
LEAST_PIECE_BYTES = 16 * 1024


class Piece(Command):
    """The next piece of one file. `offset`: how many bytes come before it."""

    total_bytes: int = Field(gt=0, le=BOUNDS.most_bytes)
    offset: int = Field(ge=0, lt=BOUNDS.most_bytes)
    # The bound counts the base64 text.
    content: Base64Bytes = Field(min_length=4, max_length=4 * -(-PIECE_BYTES // 3))


class FileProgress(Wire):
    """How far a file has arrived. `taken_in`: it was decoded and is stored."""

    received_bytes: int
    taken_in: bool
