"""Where things lie: one object per data directory, no paths anywhere else."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SITE = PROJECT / "site"
PORTALS = PROJECT / "crawlers" / "portals"


@dataclass(frozen=True)
class Paths:
    """The folders below one data directory. `reference` is the directory's own if it has one, else the project's."""

    data: Path

    @property
    def reference(self) -> Path:
        own = self.data / "reference"
        return own if own.is_dir() else PROJECT / "data" / "reference"

    @property
    def raw(self) -> Path:
        return self.data / "raw"

    @property
    def work(self) -> Path:
        return self.data / "work"

    @property
    def public(self) -> Path:
        return self.data / "public"

    @property
    def editions(self) -> Path:
        return self.public / "editions"

    @property
    def key(self) -> Path:
        """The HMAC key of method.md §8: made once, never leaves the machine."""
        return self.data / "work" / "fingerprint.key"

    @property
    def signing_key(self) -> Path:
        """The Ed25519 key that signs checkpoints (method.md §10): made once, never leaves the machine but in a backup."""
        return self.data / "work" / "signing.key"

    @property
    def metrics(self) -> Path:
        return self.data / "metrics"

    @property
    def logs(self) -> Path:
        return self.data / "logs"
