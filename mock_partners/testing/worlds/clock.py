"""A world's clock: business time is ahead of wall time by an offset that all processes of the world share.

The offset is stored in one small file beside the world's data. So all processes have the same business time
and a restart keeps it. Reading costs one `stat`.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

from partner_adapters.kit.durable.private_files import make_folder
from partner_adapters.kit.values.clock import CHINA, SystemClock

MAX_STEP = timedelta(days=3660)


class WorldClock:
    """A `Clock` over the file `path`. The first process to open it starts the world on today's date.

    `confirms`: the program vouches for each date of the world. Otherwise a tester who moves the clock vouches for the
    date that it then says.
    """

    def __init__(self, path: Path, *, confirms: bool = True) -> None:
        self._path = path
        self._confirms = confirms
        self._wall = SystemClock()
        self._seen: tuple[int, int] | None = None
        self._ahead = timedelta()
        self._begun_on = self._confirmed_through = self._wall.today()
        self.advance(timedelta())

    @property
    def begun_on(self) -> date:
        """Return the business date on which the world began. Personas' histories count back from it."""
        return self._begun_on

    def wall(self) -> datetime:
        return self._wall.wall()

    def now(self) -> datetime:
        stat = self._path.stat()
        if self._seen != (stat.st_ino, stat.st_mtime_ns):
            self._read()
        return (self._wall.wall() + self._ahead).astimezone(CHINA)

    def today(self) -> date:
        return self.now().date()

    def is_confirmed(self, day: date) -> bool:
        self.now()  # reads the file anew where another process has moved the clock
        return self._confirms or day <= self._confirmed_through

    def advance(self, by: timedelta) -> datetime:
        """Move the world's business time forward for every process, and return the new time. Raises
        ValueError.
        """
        if not timedelta() <= by <= MAX_STEP:
            raise ValueError(f"business time moves forward, at most {MAX_STEP.days} days at once")
        make_folder(self._path.parent)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._path.exists():
                self._read()
            if by or not self._path.exists():
                self._write(self._ahead + by)
        return self.now()

    def _read(self) -> None:
        with self._path.open() as file:
            stat = os.fstat(file.fileno())
            kept = json.load(file)
        self._ahead = timedelta(seconds=kept["ahead_s"])
        self._begun_on = date.fromisoformat(kept["begun_on"])
        # A file of an earlier version says nothing about it.
        self._confirmed_through = date.fromisoformat(kept.get("confirmed_through", kept["begun_on"]))
        self._seen = (stat.st_ino, stat.st_mtime_ns)

    def _write(self, ahead: timedelta) -> None:
        kept = {
            "begun_on": self._begun_on.isoformat(),
            "ahead_s": ahead.total_seconds(),
            "confirmed_through": (self._wall.now() + ahead).date().isoformat(),
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        # A reader sees the old file or the new one, never half of one.
        fresh.replace(self._path)
