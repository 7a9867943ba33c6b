"""What will happen in a world, drawn from its seed before it begins: a part can be left out, and the rest stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

STEPS = 300
CALM = 12
"""The first steps, in which the grids are opened: nothing goes wrong in them."""

WEIGHTS = {
    "walk": 46.0,
    "jump": 2.0,
    "spread": 3.0,
    "storm": 9.0,
    "stream": 4.0,
    "silence": 1.0,
    "lag": 2.0,
    "bad_print": 2.0,
    "no_bids": 0.7,
    "pages": 1.5,
    "unreadable": 1.5,
    "parts": 4.0,
    "fee_asset": 0.6,
    "fee_tier": 1.5,
    "post_only": 1.5,
    "market": 2.0,
    "rules": 1.5,
    "expire": 2.0,
    "system_fill": 1.0,
    "deposit": 1.2,
    "withdraw": 1.2,
    "manual": 4.0,
    "lookalike": 0.5,
    "manual_cancel": 1.0,
    "grab": 0.15,
    "skew": 1.5,
    "clock_set": 0.8,
    "sleep": 0.6,
    "kill": 2.5,
    "leave": 0.3,
    "restore": 0.25,
    "empty": 0.12,
    "mix_up": 0.25,
    "rotate": 0.15,
    "disk": 1.0,
    "cut": 1.0,
    "away": 0.4,
    "rival": 0.3,
    "telegram": 1.0,
    "start": 2.0,
    "pause": 1.0,
    "resume": 2.5,
    "tune": 1.0,
    "stop": 0.25,
    "panic": 0.12,
    "settle": 1.5,
}
"""How often each kind of step is drawn, compared with the others."""

QUIET = frozenset({"walk", "start", "resume", "settle"})
"""Steps that are no faults: a market that moves, and an owner who goes on."""

IN_BITCOIN = 0.125
"""The share of the worlds in which a market's quote is bitcoin."""
CHEAP = 0.12
"""Of the worlds of USDC: a coin is worth a small part of a cent, and is traded by the ten or the thousand."""
COINS = (1_000, 100_000, 10_000_000)
HIDING = 0.25
"""The share of the worlds in which orders hide."""
LENDING = 0.15
"""The share of the worlds in which idle funds are lent."""
BOUNDED = 0.3
"""The share of the worlds whose owner limits all grids together."""
NIGHT = 0.5
"""The share of the worlds that sleep for more than a day."""
PERPETUAL = 0.15
"""The share of the worlds whose owner holds a perpetual, too."""
RELAPSE = 0.25
"""The share of the worlds whose disk is once as it was before an order was sent."""
RENUMBERED = 0.15
"""The share of the worlds in which the exchange counts the trades of its markets anew."""
OLD_NEWS = 0.2
"""The share of the worlds whose stream falls behind."""
MAINTENANCE = 0.04
"""The share of the worlds whose exchange answers nothing for most of an hour. These ten are drawn apart."""
LONG = 0.03
"""The share of the worlds that last for hours, no more for minutes."""
SLOWER = (10, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One step: what happens, the dice for its details, and the virtual time until the next one."""

    number: int
    kind: str
    dice: int
    pause: int
    """Milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole world, before it happens."""

    seed: int
    setup: int
    acts: Sequence[Act]
    in_bitcoin: bool = False
    """Whether there are grids on a market whose quote is bitcoin."""
    is_long: bool = False
    """Whether it lasts for hours."""
    coins: int = 1
    """How many coins there are for one of another world: in some a coin is worth a small part of a cent."""

    @property
    def kinds(self) -> frozenset[str]:
        """The faults that it has."""
        return frozenset(act.kind for act in self.acts) - QUIET

    def without(self, kind: str) -> "Script":
        """The same world, in which nothing of this kind happens: the market moves instead."""
        return replace(self, acts=[replace(act, kind="walk") if act.kind == kind else act for act in self.acts])

    def keeping(self, acts: Sequence[Act]) -> "Script":
        """Only these steps of it."""
        return replace(self, acts=acts)


def script_of(seed: int) -> Script:
    """The world of a seed."""
    dice = Random(seed)
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    drawn = dice.choices(kinds, weights, k=STEPS)
    calm = ["start", *["walk"] * (CALM - 1)]
    acts = [
        Act(number=number, kind=kind, dice=dice.getrandbits(32), pause=_pause(dice))
        for number, kind in enumerate([*calm, *drawn[CALM:]])
    ]
    in_bitcoin = Random(f"{seed}:quote").random() < IN_BITCOIN
    cheap = Random(f"{seed}:cheap")
    coins = cheap.choice(COINS) if not in_bitcoin and cheap.random() < CHEAP else 1
    acts = _with(seed, _with(seed, acts, "lend", LENDING), "bound", BOUNDED)
    acts = _with(seed, _with(seed, acts, "night", NIGHT, first=150, last=STEPS), "hide", HIDING)
    acts = _with(seed, _with(seed, acts, "perpetual", PERPETUAL), "relapse", RELAPSE)
    acts = _with(seed, _with(seed, acts, "renumber", RENUMBERED, first=60, last=200), "old_news", OLD_NEWS, last=200)
    acts = _with(seed, acts, "maintenance", MAINTENANCE, last=200)
    length = Random(f"{seed}:long")
    slower = length.choice(SLOWER) if length.random() < LONG else 1
    acts = [replace(act, pause=act.pause * slower + _held_up(act)) for act in acts]
    return Script(
        seed=seed,
        setup=dice.getrandbits(32),
        acts=acts,
        in_bitcoin=in_bitcoin,
        is_long=slower > 1,
        coins=coins,
    )


def _with(seed: int, acts: Sequence[Act], kind: str, share: float, *, first: int = CALM, last: int = 60) -> list[Act]:
    """In some worlds something happens once, while there are grids that trade."""
    dice = Random(f"{seed}:{kind}")
    place = dice.choice([act.number for act in acts[first:last] if act.kind == "walk"])
    happens = dice.random() < share
    return [replace(act, kind=kind) if happens and act.number == place else act for act in acts]


def _held_up(act: Act) -> int:
    """Maintenance lasts for minutes, in which nothing else happens."""
    return Random(act.dice).randint(10, 45) * 60_000 if act.kind == "maintenance" else 0


def _pause(dice: Random) -> int:
    kind = dice.random()
    if kind < 0.75:
        return dice.randint(1, 600)
    return dice.randint(600, 2_500) if kind < 0.97 else dice.randint(3_000, 12_000)
