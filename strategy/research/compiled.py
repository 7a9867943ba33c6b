"""What is compiled before it runs: plain loops over whole numbers, kept on disk once compiled. Holds no rules.

They are kept beside the source (`__pycache__`), or in the user's own cache where that can't be written to.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """The same function, compiled; others may run meanwhile."""
    try:
        found = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # neither can be written to: each process compiles it anew
        found = njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[P, T]", found)
