"""Pools of processes that end with the one that began them, however that ends."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor


def pool(most: int, prepare: Callable[..., None], *given: object) -> ProcessPoolExecutor:
    """So many processes at the most, each prepared with what is given."""
    return ProcessPoolExecutor(most, initializer=_begin, initargs=(prepare, given))


def _begin(prepare: Callable[..., None], given: tuple[object, ...]) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    prepare(*given)


def _end_with_parent() -> None:
    """Nobody would ask it any more, and by itself it would wait for ever: its parent may have been killed, or have left
    in the very moment in which it began this one and did not know of it yet.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "a pool's process has one"
    parent.join()
    os._exit(1)
