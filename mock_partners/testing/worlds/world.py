"""One world: where its parties are, where its data lies, its clock and its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.secrets import Secrets
from partner_adapters.kit.durable.private_files import tighten

PARTIES = (
    "gov_app",
    "core_bank",
    "card_network",
    "data_sources",
    "esign",
    "messages",
    "staff_identity",
    "desk",
)
# Among the databases: an empty one on the PostgreSQL server of the core's, for its proof.
EMPTY = "core_bank_empty"


@dataclass(frozen=True)
class World:
    """One world. `origins`: party → `http://127.0.0.1:8101`. `databases`: party → URL, for those outside its
    folder. `shared_keys`: a folder of key pairs that many worlds copy, for tests. `confirms_dates`: no operator needs
    to confirm a date after a pause.
    """

    name: str
    home: Path
    origins: Mapping[str, str]
    h5app_url: str
    databases: Mapping[str, str] = field(default_factory=dict)
    shared_keys: Path | None = None
    confirms_dates: bool = True

    @property
    def folder(self) -> Path:
        return self.home / "worlds" / self.name

    @property
    def secrets(self) -> Secrets:
        shared = self.shared_keys / self.name if self.shared_keys else None
        return Secrets(self.home / "secrets" / self.name, shared)

    def url(self, party: str) -> str:
        """Return the party's base URL in this world."""
        return f"{self.origins[party]}/{self.name}"

    def partner_id(self, partner: str) -> str:
        """Return h5app's id of the partner: `lyg` in main, `lyg~w7` elsewhere."""
        return partner if self.name == "main" else f"{partner}~{self.name}"

    def database_url(self, party: str) -> str:
        return self.databases.get(party, f"sqlite:///{self.folder / party}.db")

    def tighten(self) -> None:
        """Take every right of others from what earlier starts have made: databases, secrets, configuration, logs."""
        trees = [self.home / name for name in ("worlds", "secrets", "logs", "partners")]
        below = (path for tree in trees for path in tree.rglob("*"))
        tighten(path for path in (self.home, *self.home.glob("*"), *below) if not path.is_symlink())

    def clock(self) -> WorldClock:
        """Return a new clock over the world's file, one for each party, as separate processes have."""
        return WorldClock(self.folder / "clock.json", confirms=self.confirms_dates)
