"""What only playing recorded markets needs: loaded where it is used, so that trading never does."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

INSTALL = "pip install 'packgrid[research]'"


class Missing(Exception):
    """An extra that is not installed, in words."""


def has(name: str) -> bool:
    """Whether it is installed."""
    return find_spec(name) is not None


def extra(name: str) -> ModuleType:
    """A module of the extra, or `Missing` with what installs it."""
    try:
        return import_module(name)
    except ImportError:
        msg = f"This needs {name.partition('.')[0]}, which is not installed: {INSTALL} (or make test, which brings it)."
        raise Missing(msg) from None
