"""A private PostgreSQL cluster for tests: started from the installed binaries, gone when its owner ends."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from mock_partners.bank.core.migrations.guards.grants import ROLE

USER = "sunbridge"
# The user under which a core may run. It owns nothing.
SERVICE_USER = "core_1"
START_TIMEOUT_S = 30
INITDB = [f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
OPTIONS = ["-ctimezone=UTC"]
# The data of tests is thrown away, so durability would only cost time.
NOT_DURABLE = ["-cfsync=off", "-csynchronous_commit=off", "-cfull_page_writes=off"]


def binaries() -> Path:
    """The newest installed PostgreSQL's folder of programs. Raises FileNotFoundError when there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if not installed and not on_path:
        raise FileNotFoundError("PostgreSQL is not installed: run scripts/system-packages as root")
    return installed[-1] if installed else Path(str(on_path)).resolve().parent


def _unprivileged() -> list[str]:
    """A prefix that leaves root, which PostgreSQL refuses, and ends the server if the tests are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return [setpriv, "--pdeathsig=INT", *user]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: subprocess.Popen[bytes], dsn: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)


def _add_service_user(dsn: str) -> None:
    """Add the core's role and a user of it, so that every migration of a core grants them what they may do."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {ROLE} NOLOGIN")
        admin.execute(f"CREATE ROLE {SERVICE_USER} LOGIN IN ROLE {ROLE}")


def as_service_user(url: str) -> str:
    """Return the URL of the same database, for the user under which a core runs."""
    return url.replace(f"//{USER}@", f"//{SERVICE_USER}@")


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Yields `user@127.0.0.1:port` of an empty cluster; stops and removes it at the end.

    `durable`: each commit waits for the disk, as in production.
    """
    programs = binaries()
    home = Path(tempfile.mkdtemp(prefix="sunbridge-postgresql-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
    data, log, port, as_user = home / "data", home / "log", _free_port(), _unprivileged()
    try:
        initdb: list[str | Path] = [*as_user, programs / "initdb", "-D", data, *INITDB]
        subprocess.run(initdb, check=True, capture_output=True, cwd=home)
        listen: list[str | Path] = ["-h", "127.0.0.1", "-p", str(port), "-k", home]
        options = OPTIONS if durable else [*OPTIONS, *NOT_DURABLE]
        with log.open("wb") as sink:
            command: list[str | Path] = [*as_user, programs / "postgres", "-D", data, *listen, *options]
            server = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=home)
        try:
            _wait_until_ready(server, f"postgresql://{USER}@127.0.0.1:{port}/postgres", log)
            _add_service_user(f"postgresql://{USER}@127.0.0.1:{port}/postgres")
            yield f"{USER}@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)  # immediate: nothing here is worth a checkpoint
            server.wait(START_TIMEOUT_S)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(address: str, name: str, template: str = "template1") -> Iterator[str]:
    """Yield the SQLAlchemy URL of a new copy of `template` at `address`, empty by default; drop it at the end."""
    with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"postgresql+psycopg://{address}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def empty_database_url(url: str) -> str | None:
    """Return the URL of a database on the same server in which tests make nothing; None for an SQLite file.

    Its user may create there, as the core's own user may not.
    """
    if url.startswith("sqlite"):
        return None
    return f"{url.rpartition('/')[0]}/postgres".replace(f"//{SERVICE_USER}@", f"//{USER}@")


def hang_up(url: str) -> None:
    """Ends whatever is still connected to the database with this SQLAlchemy URL."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as admin:
        admin.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
