"""Variants that Optuna asks for: each few by what those before them came to on the days that are looked at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Protocol

from bot.console.spread import play
from bot.console.sweeping import Plan, Player, courses, lasted, opened
from bot.console.variants import TRIES, Axis, Variant
from bot.history.extra import extra
from bot.settings import Settings
from strategy.research.kernel import Course
from strategy.research.sweep import judged

AT_ONCE = 25
"""Variants that are asked for before the first of them is answered."""


class Trial(Protocol):
    """What is needed of Optuna's."""

    def suggest_float(self, name: str, low: float, high: float) -> float:
        """A number between two."""

    def suggest_categorical(self, name: str, choices: Sequence[int]) -> int:
        """One of several."""


def learned(
    settings: Settings, plan: Plan, count: int, seed: int, told: Callable[[int, int], None], by: Player = play
) -> list[Variant]:
    """So many variants, each once; fewer where no others are asked for. The same seed asks for the same ones."""
    optuna = extra("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    course, _ = courses(plan.case, plan.split)
    known = dict[tuple[object, ...], tuple[Variant, float | None]]()
    for _ in range(count * TRIES // AT_ONCE + 1):
        if len(known) >= count:
            break
        trials = [study.ask() for _ in range(min(AT_ONCE, count - len(known)))]
        asked = [_variant(trial, plan) for trial in trials]
        fresh = {_key(one): one for one in asked if _key(one) not in known}
        scores = _scores(settings, replace(plan, variants=list(fresh.values())), course, by) if fresh else []
        known |= {key: (one, score) for (key, one), score in zip(fresh.items(), scores, strict=True)}
        for trial, variant in zip(trials, asked, strict=True):
            score = known[_key(variant)][1]
            study.tell(trial, score, state=None if score is not None else optuna.trial.TrialState.FAIL)
        told(len(known), count)
    return [variant for variant, _ in known.values()]


def _key(variant: Variant) -> tuple[object, ...]:
    return tuple(variant.values())


def _variant(trial: Trial, plan: Plan) -> Variant:
    return {axis.word: axis.at(_part(trial, axis), plan.case.market) for axis in plan.axes}


def _part(trial: Trial, axis: Axis) -> float:
    """How far along an axis it shall be, from 0 to 1; of a list which one, in the middle of its place."""
    if axis.is_range:
        return trial.suggest_float(axis.word, 0.0, 1.0)
    count = len(axis.choices)
    return (trial.suggest_categorical(axis.word, range(count)) + 0.5) / count


def _scores(settings: Settings, plan: Plan, course: Course, by: Player) -> list[float | None]:
    """What each is ranked by; None where it can't be opened, or has no figure."""
    variants, ladders, _ = opened(settings, plan, course)
    if not ladders:
        return [None] * len(plan.variants)
    found = judged(by(course, ladders, lambda _: None), lasted(plan.case, course)).score(plan.by)
    scored = {_key(variant): float(score) for variant, score in zip(variants, found, strict=True)}
    scores = (scored.get(_key(variant)) for variant in plan.variants)
    return [score if score is not None and isfinite(score) else None for score in scores]
