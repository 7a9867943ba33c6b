"""What is compiled before it runs: plain loops over whole numbers, kept on disk once compiled. Holds no rules."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """The same function, compiled; others may run meanwhile."""
    return cast("Callable[P, T]", njit(nogil=True, cache=True, error_model="numpy")(function))
