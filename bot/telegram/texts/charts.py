"""The ladder of a grid as a picture for the phone: price now, levels, range, money. Pure: values in, PNG bytes out.

Numbers, the market's name and shapes only, so that one picture serves every language.
"""

import io
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

from bot.telegram.texts import numbers
from strategy.grid.opening import Preview
from strategy.grid.sizing import most_an_order
from strategy.model.levels import Level
from strategy.model.market import Side

WIDTH, HEIGHT = 900, 1100
_SCALE = 2
"""Drawn twice as large and brought down: smooth edges without any drawing tricks."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 852, 210, 960
_FROM, _TO = _LEFT + 190, _RIGHT - 210
"""Between them stand the lines; left of them the prices, right of them the money."""
_ROW = 36
"""Least distance of two labels; of levels that stand closer only some are labelled."""

_NIGHT, _PANEL, _LINE = (13, 17, 23), (20, 26, 35), (48, 58, 72)
_WHITE, _GREY = (236, 240, 245), (139, 150, 165)
_GREEN, _RED, _AMBER = (46, 204, 138), (245, 96, 104), (255, 193, 72)

Colour = tuple[int, int, int]
Point = tuple[float, float]


def ladder(_lang: str, seen: Preview) -> bytes | None:
    """A PNG of 900 x 1100; None where there is nothing to draw. Takes a moment: call it in a thread."""
    if not seen.levels:
        return None
    board = _Board.blank()
    scale = _price_scale(seen)
    _header(board, seen)
    board.panel(_LEFT - 24, _TOP - 34, _RIGHT + 24, _BOTTOM + 34)
    _levels(board, seen, scale)
    _limits(board, seen, scale)
    _price_now(board, seen, scale)
    _footer(board, seen)
    return board.png()


@dataclass(frozen=True, slots=True, kw_only=True)
class _PriceScale:
    low: Decimal
    high: Decimal

    def y(self, price: Decimal) -> float:
        """Where a price stands; what lies beyond the picture stands at its edge."""
        part = float((price - self.low) / (self.high - self.low))
        return _BOTTOM - min(max(part, 0.0), 1.0) * (_BOTTOM - _TOP)


def _price_scale(seen: Preview) -> _PriceScale:
    """The range and the price, and the stop where it is not so far off that it would squeeze the levels."""
    shown = [seen.touch.middle, *(level.buy_price for level in seen.levels)]
    shown += [level.sell_price for level in seen.levels]
    low, high = min(shown), max(shown)
    near = [limit for limit in (seen.spec.stop_loss, seen.spec.take_profit) if limit is not None]
    reach = (high - low) / 2
    shown += [limit for limit in near if low - reach <= limit <= high + reach]
    low, high = min(shown), max(shown)
    margin = (high - low) / 40
    return _PriceScale(low=low - margin, high=high + margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Board:
    """A dark sheet, measured in points of the finished picture."""

    image: Image.Image
    draw: ImageDraw.ImageDraw

    @classmethod
    def blank(cls) -> "_Board":
        image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _NIGHT)
        return cls(image=image, draw=ImageDraw.Draw(image))

    def png(self) -> bytes:
        out = io.BytesIO()
        self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
        return out.getvalue()

    def text(self, at: Point, words: str, size: int, colour: Colour, anchor: str = "lm", most: float = 400) -> None:
        """One line of text, smaller where it would be wider than `most`."""
        plain = words.replace(numbers.MINUS, "-")  # the built-in font lacks the real minus sign
        fitting = int(size * min(1.0, most / max(self.width(plain, size), 1.0)))
        font = ImageFont.load_default(fitting * _SCALE)
        self.draw.text((at[0] * _SCALE, at[1] * _SCALE), plain, font=font, fill=colour, anchor=anchor)

    def width(self, words: str, size: int) -> float:
        return ImageFont.load_default(size * _SCALE).getlength(words) / _SCALE

    def line(self, left: float, right: float, y: float, colour: Colour, thick: float = 2) -> None:
        half = thick * _SCALE / 2
        box = (left * _SCALE, y * _SCALE - half, right * _SCALE, y * _SCALE + half)
        self.draw.rectangle(box, fill=colour)

    def dashes(self, left: float, right: float, y: float, colour: Colour) -> None:
        x = left
        while x < right:
            self.line(x, min(x + 12, right), y, colour)
            x += 20

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.draw.rectangle([side * _SCALE for side in (left, top, right, bottom)], fill=colour)

    def panel(self, left: float, top: float, right: float, bottom: float, colour: Colour = _PANEL) -> None:
        corners = [side * _SCALE for side in (left, top, right, bottom)]
        radius = min(22.0, (bottom - top) / 2) * _SCALE
        self.draw.rounded_rectangle(corners, radius=radius, fill=colour)

    def arrow(self, x: float, y: float, side: Side, size: float = 10) -> None:
        """Up and green: buys. Down and red: sells."""
        up = -1 if side is Side.BUY else 1
        corners = [(x - size, y - up * size * 0.7), (x + size, y - up * size * 0.7), (x, y + up * size)]
        self.draw.polygon([(a * _SCALE, b * _SCALE) for a, b in corners], fill=_colour_of(side))

    def loop(self, x: float, y: float, colour: Colour) -> None:
        """A round trip."""
        box = [part * _SCALE for part in (x - 13, y - 13, x + 13, y + 13)]
        self.draw.arc(box, start=-40, end=250, fill=colour, width=4 * _SCALE)
        tip = [(x - 16, y - 9), (x - 1, y - 19), (x + 1, y - 3)]
        self.draw.polygon([(a * _SCALE, b * _SCALE) for a, b in tip], fill=colour)


def _header(board: _Board, seen: Preview) -> None:
    market = seen.market
    money = f"{numbers.cost(seen.money, market.quote)} {market.quote}"
    an_order = numbers.worth(most_an_order(seen.spec, seen.levels), market.quote)
    most = "" if seen.spec.base_per_order is None and not seen.spec.taper else "≤ "
    lower = numbers.price(min(level.buy_price for level in seen.levels))
    upper = numbers.price(max(level.sell_price for level in seen.levels))
    board.text((_LEFT - 20, 76), f"{market.base} / {market.quote}", 52, _WHITE)
    board.text((_LEFT - 20, 134), f"{lower}  ...  {upper}", 30, _GREY)
    board.text((_RIGHT + 20, 76), money, 44, _WHITE, "rm")
    board.text((_RIGHT + 20, 134), f"{len(seen.levels)} x {most}{an_order} {market.quote}", 30, _GREY, "rm")


def _levels(board: _Board, seen: Preview, scale: _PriceScale) -> None:
    for level in seen.levels:
        tint = _mixed(_PANEL, _colour_of(level.side), 0.13)
        board.box(_FROM, scale.y(level.sell_price), _TO, scale.y(level.buy_price), tint)
    labelled = _spread(seen, scale)
    many = len(seen.levels) > 40
    for level in seen.levels:
        y, colour = scale.y(level.price), _colour_of(level.side)
        board.line(_FROM, _TO, y, colour, 1.5 if many else 3)
        if level in labelled:
            board.arrow(_LEFT + 2, y, level.side)
            board.text((_LEFT + 24, y), numbers.price(level.price), 27, colour, most=155)
            board.text((_RIGHT, y), _money(seen, level), 25, _WHITE, "rm", most=195)


def _money(seen: Preview, level: Level) -> str:
    value, quote = level.quantity * level.price, seen.market.quote
    return f"{numbers.cost(value, quote) if level.side is Side.BUY else numbers.worth(value, quote)} {quote}"


def _spread(seen: Preview, scale: _PriceScale) -> Collection[Level]:
    """The levels that get a label: both ends, then nearest the price first, none within a row of another."""
    nearest = sorted(seen.levels, key=lambda level: abs(level.price - seen.touch.middle))
    chosen: list[Level] = []
    for level in (seen.levels[-1], seen.levels[0], *nearest):
        if all(abs(scale.y(level.price) - scale.y(other.price)) >= _ROW for other in chosen):
            chosen.append(level)
    return chosen


def _limits(board: _Board, seen: Preview, scale: _PriceScale) -> None:
    """Stop loss and take profit, or at the edge with dots where they are far beyond it."""
    for limit, colour in ((seen.spec.stop_loss, _RED), (seen.spec.take_profit, _GREEN)):
        if limit is None:
            continue
        beyond = not scale.low <= limit <= scale.high
        y = (_BOTTOM + 18 if limit < scale.low else _TOP - 18) if beyond else scale.y(limit)
        words = f"... {numbers.price(limit)}" if beyond else numbers.price(limit)
        board.dashes(_LEFT - 24, _RIGHT + 24, y, _mixed(_PANEL, colour, 0.75))
        _pill(board, y, words, colour)


def _price_now(board: _Board, seen: Preview, scale: _PriceScale) -> None:
    y = scale.y(seen.touch.middle)
    clear = all(abs(scale.y(level.price) - y) > _ROW / 2 for level in _spread(seen, scale))
    left, right = (_LEFT - 24, _RIGHT + 24) if clear else (_FROM, _TO)
    board.dashes(left, right, y, _AMBER)
    _pill(board, y, numbers.price(seen.market.price_near(seen.touch.middle)), _AMBER)


def _pill(board: _Board, y: float, words: str, colour: Colour) -> None:
    """In the middle, where no level has its label."""
    middle, half = (_LEFT + _RIGHT) / 2, board.width(words, 29) / 2 + 22
    board.panel(middle - half, y - 22, middle + half, y + 22, colour)
    board.text((middle, y), words, 29, _NIGHT, "mm")


def _footer(board: _Board, seen: Preview) -> None:
    y, x = 1046.0, float(_LEFT - 8)
    for side in Side:
        count = str(sum(level.side is side for level in seen.levels))
        board.arrow(x, y, side, 13)
        board.text((x + 26, y), count, 34, _WHITE)
        x += 74 + board.width(count, 34)
    quote = seen.market.quote
    least, most = (numbers.gain(one, quote, fine=True) for one in (seen.least_profit, seen.most_profit))
    earned = f"{least if least == most else f'{least} ... {most}'} {quote}"
    wide = min(board.width(earned, 34), 480.0)
    board.text((_RIGHT + 20, y), earned, 34, _GREEN, "rm", most=480)
    board.loop(_RIGHT - 14 - wide, y, _GREEN)


def _colour_of(side: Side) -> Colour:
    return _GREEN if side is Side.BUY else _RED


def _mixed(under: Colour, over: Colour, share: float) -> Colour:
    red, green, blue = (round(below * (1 - share) + above * share) for below, above in zip(under, over, strict=True))
    return red, green, blue
