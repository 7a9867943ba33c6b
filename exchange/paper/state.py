"""The local exchange's state on disk: written whole and put in place at once, so that it is never half there."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class StateDamaged(Exception):
    """The file can't be understood."""


class StateOfAnother(Exception):
    """The file belongs to another database."""


class StateFile:
    """One file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None where nothing was."""
        if not self._path.exists():
            return None
        data = json.loads(self._path.read_text("utf-8"))
        assert isinstance(data, dict)
        return data

    def save(self, data: Mapping[str, object]) -> None:
        """Replace what is there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.write_text(json.dumps(data, separators=(",", ":")), "utf-8")
        os.replace(beside, self._path)  # noqa: PTH105 - the word says that it overwrites
