"""How long one picture takes on one core, once its process is warm; and the first one, with the start of the process.

python -m benchmarks.bench_pictures
"""

import asyncio
import time
from statistics import median

from bot.owner.pictures import Theme
from bot.pictures.paint import paint
from bot.pictures.painter import Painter
from tests.unit.drawing import a_head, pictures

ROUNDS = 15


async def first() -> float:
    """Seconds until the first picture of a new process is there, and its import of Matplotlib."""
    painter = Painter()
    began = time.perf_counter()
    await painter.draw(pictures(a_head())["market"])
    seconds = time.perf_counter() - began
    await painter.close()
    return seconds


def main() -> None:
    """Print milliseconds by kind: median and worst."""
    print(f"first picture of a process: {asyncio.run(first()) * 1000:,.0f} ms")
    kinds = pictures(a_head(Theme.DARK), levels=50)
    for kind, picture in kinds.items():
        paint(picture)
        taken = []
        for _ in range(ROUNDS):
            began = time.process_time()
            paint(picture)
            taken.append(time.process_time() - began)
        print(f"{kind}: median {median(taken) * 1000:,.0f} ms, worst {max(taken) * 1000:,.0f} ms of the processor")


if __name__ == "__main__":
    main()
