"""Proposed grids on a picture: the same figures as in their words, ready to be drawn. Draws nothing."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from bot.mode import Mode
from bot.owner.suggestions import Panel, PanelsPicture, Proposal, Proposed, Style
from bot.owner.views import Head, Theme, Tone, tone_of
from bot.telegram.texts.numbers import gain, percent, price, worth
from bot.telegram.texts.phrases import duration
from bot.telegram.texts.pictures import ahead_of, as_read, foot_of, unmarked
from bot.telegram.texts.problems import against_fees
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import Asset

_LINE = "|"
"""Between two lines of a sentence that stands in a narrow place."""


def panels_picture(  # what is shown, and how
    lang: str, proposed: Proposed, styles: Sequence[Style], *, theme: Theme, mode: Mode, at: int, zone: tzinfo
) -> PanelsPicture:
    """The grids of these styles, the one that can't be opened among them with why."""
    market, lasted = proposed.market, proposed.ends - proposed.begins
    panels = [_panel(lang, proposed, proposed.of(style)) for style in styles if proposed.has(style)]
    if proposed.refused is not None and Style.DEFAULT in styles:
        panels.append(_refused(lang, proposed.refused))
    words = (unmarked(lang, f"picture.{name}") for name in ("suggest.price", "suggest.next", "buys", "sells"))
    return PanelsPicture(
        head=Head(
            theme=theme,
            title=unmarked(lang, "picture.suggest", symbol=market.symbol),
            figure=unmarked(
                lang, "picture.suggest.money", money=worth(proposed.money, market.quote), quote=market.quote
            ),
            tone=Tone.PLAIN,
            note=unmarked(
                lang,
                "picture.suggest.note",
                lasted=as_read(duration(lang, lasted)),
                price=price(proposed.price),
                quote=market.quote,
            ),
            mark=unmarked(lang, f"picture.mark.{mode}"),
            foot=foot_of(lang, at, zone),
        ),
        panels=tuple(panels),
        past=proposed.closes,
        coming=proposed.coming,
        words=tuple(words),  # type: ignore[arg-type]  # four
        ahead=ahead_of(zone, at),
    )


def _panel(lang: str, proposed: Proposed, one: Proposal) -> Panel:
    return Panel(
        name=unmarked(lang, f"suggest.style.{one.style}"),
        shape=_shape(lang, proposed.market.quote, one),
        rungs=one.rungs,
        ends=(one.lower, one.upper),
        figures=tuple(_figures(lang, proposed, one)),
    )


def _shape(lang: str, quote: Asset, one: Proposal) -> str:
    apart = (
        unmarked(lang, "picture.percent", value=percent(one.step))
        if one.spec.interval is None
        else unmarked(lang, "picture.suggest.amount", amount=price(one.spec.interval), quote=quote)
    )
    ends = {"lower": price(one.lower), "upper": price(one.upper)}
    return unmarked(lang, "picture.suggest.shape", **ends, quote=quote, levels=len(one.rungs), step=apart)


def _figures(lang: str, proposed: Proposed, one: Proposal) -> Iterator[tuple[str, str, Tone]]:
    quote, lasted = proposed.market.quote, proposed.ends - proposed.begins
    name = unmarked(lang, "picture.suggest.row.past", lasted=as_read(duration(lang, lasted)))
    if one.past is None:
        yield name, unmarked(lang, "picture.suggest.none"), Tone.PLAIN
    else:
        amount = unmarked(lang, "picture.suggest.amount", amount=gain(one.past.total, quote), quote=quote)
        yield name, amount, tone_of(one.past.total)
    low, high = gain(one.low, quote), gain(one.high, quote)
    band = unmarked(lang, "picture.suggest.band", low=low, high=high, quote=quote)
    yield unmarked(lang, "picture.suggest.row.band"), band, Tone.PLAIN
    worst = "range" if one.worst == one.worst_loss else "worst"
    yield (
        unmarked(lang, f"picture.suggest.row.{worst}", price=price(one.worst_price), quote=quote),
        unmarked(lang, "picture.suggest.amount", amount=gain(one.worst, quote), quote=quote),
        tone_of(one.worst),
    )


def _refused(lang: str, problem: Problem) -> Panel:
    if problem.code is ProblemCode.LOSES:
        said = unmarked(lang, "picture.suggest.loses", **against_fees(dict(problem.facts)))
    else:
        said = unmarked(lang, "picture.suggest.refused")
    return Panel(
        name=unmarked(lang, f"suggest.style.{Style.DEFAULT}"),
        shape="",
        rungs=(),
        ends=None,
        wrong=tuple(said.split(_LINE)),
    )
