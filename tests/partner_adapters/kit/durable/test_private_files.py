"""A database's files are its owner's alone, whatever the umask, and files of an earlier release become so."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from partner_adapters.kit.durable.private_files import DatabaseRefused
from partner_adapters.kit.durable.store import Store


@pytest.fixture(autouse=True)
def umask_that_allows_everything() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The mode of everything below the folder, by path."""
    found = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in found}


def use(database: Path) -> Store:
    """Write to the database and leave it open, as its files are all there only then."""
    store = Store(f"sqlite:///{database}")
    store.write_now(_write)
    store.read_now(lambda conn: conn.exec_driver_sql("SELECT * FROM t").all())
    return store


def _write(conn: Connection) -> None:
    conn.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (n)")


def test_a_new_database_and_its_folders_are_its_owners_alone(tmp_path: Path) -> None:
    store = use(tmp_path / "own" / "data" / "bank.db")
    assert modes(tmp_path) == {
        "own": 0o700,
        "own/data": 0o700,
        "own/data/bank.db": 0o600,
        "own/data/bank.db-shm": 0o600,
        "own/data/bank.db-wal": 0o600,
    }
    store.close()


def test_the_files_of_an_earlier_release_become_their_owners_alone(tmp_path: Path) -> None:
    first = use(tmp_path / "bank.db")
    for file in tmp_path.iterdir():
        file.chmod(0o664)
    second = use(tmp_path / "bank.db")
    assert modes(tmp_path) == dict.fromkeys(("bank.db", "bank.db-shm", "bank.db-wal"), 0o600)
    first.close()
    second.close()


def test_a_folder_in_which_anybody_may_replace_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    store = Store(f"sqlite:///{tmp_path / 'open' / 'bank.db'}")
    with pytest.raises(DatabaseRefused, match="chmod o-w"):
        store.write_now(_write)
    store.close()
    assert list((tmp_path / "open").iterdir()) == []
    # As /tmp is: only the owner of a file can replace it there.
    (tmp_path / "open").chmod(0o1777)
    use(tmp_path / "open" / "bank.db").close()
