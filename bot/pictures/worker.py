"""The process that draws: a picture in, a PNG out, until nobody asks any more. It asks nobody anything."""

import contextlib
import sys
import traceback
from typing import cast

from bot.machine.beside import answer, answers_of_this
from bot.machine.frames import next_of
from bot.owner.pictures import Picture, Undrawn


def drawn(picture: Picture) -> bytes | Undrawn | str:
    """As it is answered; a text is how it failed."""
    try:
        from bot.pictures.paint import paint  # noqa: PLC0415 - what draws may not be installed
    except ImportError:
        return Undrawn.MISSING
    try:
        return paint(picture)
    except Exception:  # noqa: BLE001 - the outermost place of this process: told to its parent, which logs it
        return traceback.format_exc()


def main() -> None:
    """Run as a process: pictures on standard input, answers on standard output, which nothing else may print to."""
    answers = answers_of_this()
    with contextlib.suppress(BrokenPipeError):
        while (picture := next_of(sys.stdin.buffer)) is not None:
            answer(answers, drawn(cast("Picture", picture)))


if __name__ == "__main__":
    main()
