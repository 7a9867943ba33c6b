"""Which program this is: its version, and a digest of the strategy's source that tells two of one version apart."""

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import strategy

_LETTERS = 12


def program_version() -> str:
    """As it was installed."""
    try:
        return version("packgrid")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "?"


@cache
def engine_version() -> str:
    """As 0.1.0+3f2a90c1d4e5: what decides the same has the same."""
    root, digest = Path(strategy.__file__).parent, sha256()
    for file in sorted(root.rglob("*.py")):
        inside = file.relative_to(root)
        if inside.parts[0] != "research":
            digest.update(inside.as_posix().encode() + file.read_bytes())
    return f"{program_version()}+{digest.hexdigest()[:_LETTERS]}"
