"""How hosts write a moment. Format and zone are configuration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from partner_adapters.kit.values.settings import Settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The year 4147. Moments lie between 1970 and then.
LAST_S = 2**36
_PATTERNS = {"yyyyMMddHHmmss": "%Y%m%d%H%M%S", "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S"}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # the first: ZoneInfoNotFoundError
        raise ValueError("is no time zone, such as Asia/Shanghai") from None
    return name


class MomentFormat(Settings):
    """The format of a host's moments."""

    format: Literal["epoch_s", "epoch_ms", "yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss", "rfc1123", "iso"]
    zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] = "Asia/Shanghai"
    """The zone of texts that do not name one."""

    def write(self, moment: datetime) -> str:
        """Write an aware moment as text."""
        if self.format in ("epoch_s", "epoch_ms"):
            seconds = int(moment.timestamp())
            return str(seconds if self.format == "epoch_s" else seconds * 1000 + moment.microsecond // 1000)
        if self.format == "rfc1123":
            return format_datetime(moment.astimezone(UTC), usegmt=True)
        local = moment.astimezone(ZoneInfo(self.zone))
        if self.format == "iso":
            return local.isoformat(timespec="seconds")
        return local.strftime(_PATTERNS[self.format])

    def read(self, written: str | int) -> datetime:
        """Read a text, or for `epoch` also a number, as an aware moment in UTC. Raises ValueError."""
        try:
            moment = self._read(written)
            if not 0 <= moment.timestamp() < LAST_S:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            raise ValueError(f"is no moment as {self.format}") from None

    def _read(self, written: str | int) -> datetime:
        text = str(written)
        if isinstance(written, bool) or len(text) > 40 or not text.isascii():
            raise ValueError
        if self.format in ("epoch_s", "epoch_ms"):
            if not text.isdigit():
                raise ValueError
            return EPOCH + timedelta(milliseconds=int(text) * (1000 if self.format == "epoch_s" else 1))
        if self.format == "iso":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))
        if self.format == "rfc1123":
            moment = parsedate_to_datetime(text)
            if moment.tzinfo is None:
                raise ValueError
        else:
            moment = datetime.strptime(text, _PATTERNS[self.format]).replace(tzinfo=ZoneInfo(self.zone))
        # The parsers accept more than the format ("2026-1-1"). A text must be exactly as we would write it.
        if self.write(moment) != text:
            raise ValueError
        return moment
