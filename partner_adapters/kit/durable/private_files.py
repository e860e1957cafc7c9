"""Files that only their owner may read: databases, and everything else that a program of ours makes."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
_OTHERS = 0o077


class DatabaseRefused(Exception):
    """The database cannot be used as it is. The text is for the operator and contains no password."""


def keep_private() -> None:
    """Let this process make files and folders for their owner alone, whatever its umask was."""
    os.umask(_OTHERS)


def make_folder(folder: Path) -> None:
    """Make the folder and its missing parents, for their owner alone. A folder that exists is left as it is."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):  # another process was quicker
            path.mkdir(FOLDER)


def prepare_database(file: Path) -> None:
    """Make an SQLite file private before it is opened. SQLite gives the files beside it the same mode.

    Raises `DatabaseRefused` where others could replace the file, or where its mode cannot be changed. Raises OSError.
    """
    make_folder(file.parent)
    if file.parent.is_dir() and _anybody_may_replace_files(file.parent):
        raise DatabaseRefused(
            f"anybody may replace files in {file.parent}, where the database lies: chmod o-w {file.parent}"
        )
    if not file.exists():
        _make_file(file)
    try:
        tighten(file.with_name(f"{file.name}{ending}") for ending in ("", "-wal", "-shm"))
    except PermissionError as error:
        raise DatabaseRefused(
            f"{error.filename} is open to others, and only its owner can change that"
        ) from error


def _anybody_may_replace_files(folder: Path) -> bool:
    # With the sticky bit, as /tmp has it, only their owner may.
    return folder.stat().st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH


def _make_file(file: Path) -> None:
    # Made under another name: closing a descriptor of a database drops the locks that this process holds on it.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    with suppress(FileExistsError):  # another process was quicker
        os.link(draft, file)
    draft.unlink()


def replace_file(file: Path, text: str) -> None:
    """Replace the file's text: after a crash it holds the old text or the new one, each whole. Raises OSError."""
    make_folder(file.parent)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "w", encoding="utf-8"
        ) as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def tighten(paths: Iterable[Path]) -> None:
    """Take every right of others from those files and folders that exist. Raises PermissionError."""
    for path in paths:
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
