"""What is in force at a moment: the heads that serve, and what the office decided."""

from __future__ import annotations

from dataclasses import dataclass

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.champion import Champion, load_champion
from models.configuration import FILE, Configuration, load_configuration
from models.risk_model import RiskModel
from models.signature import load_public_key
from serving.settings import Settings


@dataclass(frozen=True, eq=False)
class InForce:
    """The champion and the office's configuration.

    Attributes:
        champion: None where nobody has promoted any heads yet.
    """

    champion: Champion | None
    configuration: Configuration

    @property
    def heads(self) -> list[RiskModel]:
        """The champion's; none where there is no champion."""
        return list(self.champion.heads.values()) if self.champion else []


def load_in_force(settings: Settings, features: FeatureSet) -> InForce:
    """What is in force now, every byte of it checked.

    Raises:
        ModelError: when it was altered, or nobody we trust signed it, or it does not fit.
    """
    return InForce(open_champion(settings), open_configuration(settings, features))


def open_configuration(settings: Settings, features: FeatureSet) -> Configuration:
    """What the office decided; what is shipped where it has not; raises as `load_in_force`."""
    columns = {
        subject: {column.name for column in features.columns(subject, FINDS)}
        for subject in SUBJECTS
    }
    trusted = [load_public_key(path) for path in settings.trusted if path.exists()]
    return load_configuration(settings.home, columns=columns, trusted=trusted)


def open_champion(settings: Settings) -> Champion | None:
    """The heads that serve; None where nobody has promoted any yet.

    Raises:
        ModelError: when there is a champion that was altered, or that nobody we trust signed.
    """
    if not (settings.models / "champion.json").exists():
        return None
    trusted = [load_public_key(path) for path in settings.trusted]
    return load_champion(
        settings.models, trusted=trusted, signatures_needed=settings.signatures_needed
    )


def marks(settings: Settings) -> tuple[tuple[int, int, int] | None, ...]:
    """Change whenever another champion or configuration is put in place."""
    found: list[tuple[int, int, int] | None] = []
    for path in (settings.models / "champion.json", settings.home / FILE):
        try:
            stat = path.stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
