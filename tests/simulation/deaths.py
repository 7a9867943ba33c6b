"""What happens to the process and to what it runs on: deaths, its clock, its disk, Telegram."""

import asyncio
import sqlite3
from collections.abc import Callable
from random import Random

from tests.simulation.acts import later, move
from tests.simulation.record import MARKED, UNMARKED
from tests.simulation.world import Death, World

LONGEST_WAY = 10
"""Seconds after which no request of a dead process is under way any more; nobody is that quick with a database."""


def skew(world: World, dice: Random) -> None:
    """The process's clock is off: a little, or so far that the exchange refuses until it is measured again."""
    world.happened["clock skewed"] += 1
    far = dice.random() < 0.4
    world.skewed(dice.choice([-1, 1]) * dice.randint(6_000, 90_000) if far else dice.randint(-1_500, 1_500))


def clock_set(world: World, dice: Random) -> None:
    """Somebody sets this machine's clock, or NTP does: back, or forward."""
    world.happened["clock set"] += 1
    by = dice.choice([-7_200_000, -600_000, -5_000, 3_600_000, 86_400_000])
    world.trace(f"clock set by {by}")
    world.machine.wall_ahead += by


def sleep(world: World, dice: Random) -> None:
    """The machine is suspended for a while, or the virtual machine that it is. The market goes on without it."""
    span, paused = dice.choice([8_000, 45_000, 600_000, 7_200_000]), dice.random() < 0.4
    world.happened["machine paused" if paused else "machine slept"] += 1
    world.trace(f"{'paused' if paused else 'asleep'} for {span}")
    world.trips.all_arrive()
    world.machine.slept += span
    world.machine.frozen += span if paused else 0
    for _ in range(dice.randint(0, 6)):
        move(world, dice, 40)


def night(world: World, dice: Random) -> None:
    """The machine is off for more than a day, or for weeks; the market goes on without it."""
    world.trips.all_arrive()
    span = dice.randint(25 * 3_600, 32 * 3_600) * 1_000
    if span % 4_000 == 0:
        world.happened["machine off for weeks"] += 1
        span *= span // 1_000 % 40
    world.happened["machine off for a day"] += 1
    world.machine.slept += span
    for _ in range(dice.randint(0, 3)):
        move(world, dice, 20)


def kill(world: World, dice: Random) -> None:
    """The process is killed: now, at one of the next awaits, statements of the store, or sendings."""
    process = world.process
    if process is None or process.is_dead:
        return
    world.death = Death(away=dice.choice([0.1, 1.0, 5.0, 40.0, 120.0]))
    where = dice.choice(["now", "await", "rows", "statement", "before sending", "after sending"])
    world.happened[f"killed: {where}"] += 1
    world.trace(f"kill {where}")
    if where == "now":
        process.died()
    elif where == "await":
        _die_after(process.died, dice.randint(1, 60))
    elif where == "rows":
        world.disk.dies_after, world.disk.dies_writing = dice.choice(["fill", "fill", "order_", "notice"]), True
    elif where == "statement":
        world.disk.dies_in, world.disk.dies_writing = dice.randint(0, 12), dice.random() < 0.7
    else:
        process.wire.dies_at = where


def leave(world: World, dice: Random) -> None:
    """The owner ends the program in order, and starts it again."""
    process = world.process
    if process is not None and not process.is_dead:
        world.happened["left"] += 1
        world.death = Death(away=dice.uniform(0.5, 60))
        process.spawn(process.leave(), "leaving")


def restore(world: World, dice: Random) -> None:
    """The owner puts an older copy of the database back."""
    if world.process is not None and not world.process.is_dead and world.backups:
        world.happened["database put back"] += 1
        world.death = Death(away=dice.uniform(LONGEST_WAY, 40), disk=dice.choice(world.backups)[1])
        world.process.died()


def empty(world: World, dice: Random) -> None:
    """The database is lost."""
    if world.process is not None and not world.process.is_dead:
        world.happened["database lost"] += 1
        world.death = Death(away=dice.uniform(LONGEST_WAY, 40), disk=world.disk.nothing())
        world.process.died()


def mix_up(world: World, dice: Random) -> None:
    """Another database is put in the place of the right one: another mode's, another account's, another exchange's."""
    process = world.process
    if process is None or process.is_dead or world.record.mixed_up:
        return
    wrong = dice.choice([*MARKED, *UNMARKED])
    world.right = world.disk.copy()
    content = _another(world.right, wrong) if isinstance(world.right, bytes) else None  # a server's can't be rewritten
    if content is None:
        return  # nothing in it that any exchange could know: nobody could tell it from another
    world.happened[f"database of {wrong}"] += 1
    world.death = Death(away=dice.uniform(1, 40), disk=content, mixed_up=wrong)
    process.died()


def rotate(world: World, dice: Random) -> None:
    """The owner makes a new key in the same account, and throws the old one away."""
    process = world.process
    if process is not None and not process.is_dead and not world.record.mixed_up:
        world.happened["key rotated"] += 1
        world.habits.set(backpack_api_key=f"key {dice.getrandbits(32)}")
        world.death = Death(away=dice.uniform(1, 40))
        process.died()


def disk(world: World, dice: Random) -> None:
    """The disk is full for a while."""
    world.happened["disk full"] += 1
    world.disk.is_full = True
    later(world, dice.uniform(0.5, 30), lambda: setattr(world.disk, "is_full", False))


def cut(world: World, dice: Random) -> None:
    """The answers to the next commits are lost, and for a while nobody may be there to ask what became of them."""
    world.happened["commits cut"] += 1
    world.disk.cuts = [dice.random() < 0.5 for _ in range(dice.choice([1, 1, 2, 5]))]
    away = dice.choice([0.0, 0.0, 3.0, 60.0])
    world.disk.then_away = (lambda: _away(world, away)) if away else (lambda: None)


def away(world: World, dice: Random) -> None:
    """The database is away, for moments or for minutes."""
    world.happened["database away"] += 1
    _away(world, dice.choice([0.5, 5.0, 30.0, 240.0]))


def _away(world: World, seconds: float) -> None:
    world.disk.is_away = True
    later(world, seconds, lambda: setattr(world.disk, "is_away", False))


def rival(world: World, dice: Random) -> None:
    """Another process takes the database over: this one has to find out before it sends, and ends."""
    if world.process is not None and not world.process.is_dead and not world.disk.is_away:
        world.happened["another writer"] += 1
        world.death = Death(away=dice.uniform(LONGEST_WAY, 40))
        world.disk.rival()


def telegram(world: World, dice: Random) -> None:
    """Telegram is down."""
    world.happened["telegram down"] += 1
    world.phone.is_down = True
    later(world, dice.choice([10, 120, 7_200]), lambda: setattr(world.phone, "is_down", False))


def _another(content: bytes, wrong: str) -> bytes | None:
    """The same content as it would be at an exchange that has never heard of this account."""
    other = sqlite3.connect(":memory:")
    other.deserialize(content)
    known = other.execute("SELECT count(*) FROM fill WHERE grid_id IS NOT NULL").fetchone()
    if not known[0] or not other.execute("SELECT count(*) FROM setting WHERE key = 'identity'").fetchone()[0]:
        return None
    for statement in (*_ELSEWHERE, _MARKS[wrong]):
        other.execute(statement)
    other.commit()
    found: bytes = other.serialize()
    other.close()
    return found


_ELSEWHERE = (
    "UPDATE fill SET key = 'other:' || key, order_id = order_id || '000000'",
    "UPDATE fill SET client_id = (client_id + 2147483648) % 4294967296",
    "UPDATE order_ SET order_id = order_id || '000000', client_id = (client_id + 2147483648) % 4294967296",
    'UPDATE level SET "order" = ("order" + 2147483648) % 4294967296',
    "UPDATE account SET block = (block + 2048) % 4096",
)
"""Everything by which an exchange could know it: no number is the same there."""


def _marked(field: str, value: str) -> str:
    return f"UPDATE setting SET value = json_set(value, '$.{field}', '{value}') WHERE key = 'identity'"  # noqa: S608


_MARKS = dict(
    zip(
        (*MARKED, *UNMARKED),
        (
            _marked("mode", "paper"),
            _marked("key", "another key"),
            _marked("address", "https://elsewhere"),
            "DELETE FROM setting WHERE key = 'identity'",
            "SELECT 1",
        ),
        strict=True,
    )
)


def _die_after(died: Callable[[], None], turns: int) -> None:
    if turns == 0:
        died()
    else:
        asyncio.get_running_loop().call_soon(_die_after, died, turns - 1)
