"""/points: the points week and the owner's volume goal. Setting a goal trades nothing."""

from decimal import Decimal

from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.screens import points as card
from bot.telegram.texts.mistakes import POINTS_EXAMPLE, wrong_text
from bot.telegram.typed.parameters import POINTS_KEYS
from bot.telegram.typed.parsing import Given, Wrong, parse
from strategy.model.weeks import VolumeGoal


async def points(talk: Conversation, words: str) -> None:
    """`/points` shows; `/points goal=50000 budget=12 per=weekly` sets a goal, `/points goal=off` removes it."""
    given = parse(words, keys=POINTS_KEYS)
    goal = _goal(given, talk.trader.account().limits.goal) if isinstance(given, Given) else given
    if isinstance(goal, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, goal, POINTS_EXAMPLE))
        return
    if isinstance(given, Given) and given.values:
        await talk.trader.volumes.set_goal(goal)
        await talk.say("points.set" if goal else "points.off")
    await card(talk)


def _goal(given: Given, before: VolumeGoal | None) -> VolumeGoal | Wrong | None:
    """What was typed, over the goal there is: what is not spoken of stays."""
    values = given.values
    volume = values.get("goal", before.volume if before else None)
    if not isinstance(volume, Decimal):
        alone = next((name for name in ("budget", "per") if name in values), None)
        return Wrong(reason="missing", field="goal") if alone else None
    budget = values.get("budget", before.budget if before else None)
    daily = values["per"] == "daily" if "per" in values else bool(before and before.daily)
    return VolumeGoal(volume=volume, budget=budget if isinstance(budget, Decimal) else None, daily=daily)
