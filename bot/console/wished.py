"""A line of /grid as a grid on a recorded market: read by the chat's own parser, refused in the chat's own words."""

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from bot.owner.proposal import propose
from bot.settings import Settings
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import Given, Wrong, clash, parse, spacing_of, wrong_money
from bot.telegram.typed.wishes import from_words, to_words
from strategy.account.refusals import crossed
from strategy.messages.problems import Problem
from strategy.model.market import Fees, Market, Touch
from strategy.model.spec import GridSpec
from strategy.research.candles import Candles
from strategy.research.replay import Replay, Rules


class Refused(Exception):
    """What was typed can't be played, in the chat's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One grid on one market: everything that a replay needs, also in another process."""

    lang: str
    market: Market
    spec: GridSpec
    candles: Candles
    first: int
    """The candle at whose close it starts."""
    rules: Rules

    def begun(self) -> Replay:
        """The grid, started. `Refused` where it can't be."""
        replay = Replay(market=self.market, candles=self.candles, rules=self.rules)
        wrong = replay.begin(self.spec, self.first) or crossed(replay.grid.spec, *replay.grid.range)
        if wrong is not None:
            raise refusal(self.lang, wrong)
        return replay


def given_of(lang: str, words: str, unset: Collection[str]) -> Given:
    """The words of /grid, read. `Refused` says what is wrong with them.

    `unset`: limits that /grid sets by itself, and whoever plays this does not.
    """
    given = parse(words, keys=GRID_KEYS, words=1)
    if isinstance(given, Given):
        wrong = None if given.words else Wrong(reason="missing", field="market")
        given = wrong or clash(given.values, unset) or given
    if isinstance(given, Wrong):
        raise mistake(lang, given)
    return given


def spec_of(settings: Settings, given: Given, market: Market, price: Decimal, fees: Fees, money: Decimal) -> GridSpec:
    """The grid that the chat would propose for these words at this price."""
    lang = settings.language or "en"
    if (wrong := wrong_money(given, market.quote)) is not None:
        raise mistake(lang, wrong)
    bid = market.price_down(price)
    touch = Touch(symbol=market.symbol, bid=bid, ask=bid + market.tick_size, at=0)
    wish = from_words(to_words({**given.values, "spacing": str(spacing_of(given.values))}))
    found = propose(wish, market, touch, fees, settings.defaults, free=money)
    if isinstance(found, Problem):
        raise refusal(lang, found)
    return found


def mistake(lang: str, wrong: Wrong) -> Refused:
    """What is wrong with something typed."""
    from bot.telegram.texts.mistakes import grid_example, shown_by, wrong_text

    return Refused(_bare(wrong_text(lang, wrong, grid_example(shown_by(wrong)))))


def refusal(lang: str, wrong: Problem) -> Refused:
    """Why a grid can't be."""
    from bot.telegram.texts.problems import problem

    return Refused(_bare(problem(lang, wrong)))


def _bare(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))
