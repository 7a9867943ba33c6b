"""What only playing recorded markets needs: loaded where it is used, so that trading never does."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

INSTALL = "make research"
"""In the folder that Packgrid was cloned into. No index has the package: there, somebody else could offer the name."""
BY_PIP = f"{INSTALL} (or pip install '.[research]') in Packgrid's folder"
OURS = ("matplotlib",)
"""What an installation brings anyway, unless somebody has left it out."""


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
        package = name.partition(".")[0]
        command = f"pip install {package}" if package in OURS else BY_PIP
        msg = f"This needs {package}, which is not installed: {command}."
        raise Missing(msg) from None
