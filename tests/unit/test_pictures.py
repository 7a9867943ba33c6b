"""The pictures: each is drawn at a phone's size, in both colours, with every letter, and leaves room for the time."""

import io
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.languages import LANGUAGES, catalogue
from bot.mode import Mode
from bot.owner.books import Made
from bot.owner.pictures import CardPicture, LadderPicture, Theme, Tone, Undrawn
from bot.pictures.paint import paint
from bot.pictures.panels import TALL
from bot.pictures.style import DPI, HEIGHT, WIDTH, families, lacks
from bot.telegram.texts.numbers import cost
from bot.telegram.texts.pictures import by_day, ladder_picture, whole_curve
from strategy.model.curve import joined, point
from strategy.model.spec import GridSpec
from tests.fonts import ON_PICTURES
from tests.unit import viewing
from tests.unit.drawing import BEGIN, HOUR, a_head, pictures

KINDS = tuple(pictures(a_head()))
D = Decimal


def drawn(kind: str, theme: Theme, **changes: int) -> Image.Image:
    png = paint(pictures(a_head(theme), **changes)[kind])
    assert isinstance(png, bytes)
    return Image.open(io.BytesIO(png)).convert("RGB")


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_has_a_phones_size_and_nothing_stands_where_telegram_writes_the_time(kind: str, theme: Theme) -> None:
    seen = drawn(kind, theme)
    wide, high = seen.size
    corner = seen.crop((round(wide * 0.65), round(high * 0.935), wide, high))

    assert (wide, high) == (WIDTH * DPI, (TALL if kind == "panels" else HEIGHT) * DPI)
    assert corner.getextrema() == tuple((one, one) for one in seen.getpixel((wide - 1, high - 1)))  # type: ignore[union-attr]


def test_the_colours_are_what_was_asked_for() -> None:
    dark, light = (drawn("card", theme).getpixel((0, 0)) for theme in Theme)

    assert sum(dark) < 100  # type: ignore[arg-type]
    assert sum(light) > 700  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changes", [{"levels": 1, "count": 1}, {"levels": 200, "count": 300}, {"count": 0}])
def test_little_and_much_can_be_drawn(kind: str, changes: dict[str, int]) -> None:
    several = kind == "panels" and changes.get("count", 2) > 1
    assert drawn(kind, Theme.DARK, **changes).size == (900, 1425 if several else 1080)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_on_a_picture_has_its_letters(lang: str) -> None:
    said = "".join(one for key, one in catalogue(lang).items() if key.startswith(ON_PICTURES) and ".not." not in key)

    assert lacks(a_head(title=said)) == "", "python -m tests.fonts cuts the font anew"


def test_a_letter_that_cant_be_drawn_is_never_a_box() -> None:
    card = CardPicture(head=a_head(), rows=())

    assert isinstance(paint(card), bytes)
    assert paint(replace(card, head=a_head(title="그리드"))) is Undrawn.GLYPHS
    assert families()[0] == "Noto Sans SC"


def test_the_line_of_a_card_to_share_rises_where_its_total_is_a_profit() -> None:
    """It had begun with the first point that was written down: a fall to −7, then +2, was shown as a rise."""
    written = [(BEGIN, D(-7)), (BEGIN + HOUR, D(-9)), (BEGIN + 2 * HOUR, D(-6))]
    curve = joined(point(at, total) for at, total in written)
    made = Made(floating=D(-6), begins=BEGIN - HOUR, ends=BEGIN + 2 * HOUR, curve=curve)

    assert whole_curve(made, written) == (D(0), D(-7), D(-9), D(-6), D(-6))
    assert whole_curve(replace(made, begins=BEGIN, floating=D(1)), written) == (D(-7), D(-9), D(-6), D(-6))
    assert whole_curve(replace(made, curve=None), written) == ()


def test_the_days_of_a_curve_add_up_to_its_total() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    points = [(BEGIN, D(0)), *((BEGIN + hour * HOUR, D(hour)) for hour in range(1, 60))]

    days = by_day(points, zone)

    assert sum(made for _, made in days) == 59
    assert len(days) == 4
    assert days[1][1] == 24


@pytest.mark.parametrize("spec", [viewing.INTERVAL, viewing.GEOMETRIC])
def test_a_grid_before_it_is_opened_is_drawn_with_all_of_its_levels(spec: GridSpec) -> None:
    seen = viewing.a_preview(spec)
    picture = ladder_picture("en", seen, theme=Theme.LIGHT, mode=Mode.PAPER, at=BEGIN, zone=ZoneInfo("Asia/Shanghai"))

    assert [step.price for step in picture.steps] == [level.price for level in seen.levels]
    assert cost(seen.money, seen.market.quote) in picture.head.figure
    assert picture.head.mark == "PAPER"
    assert [limit for _, limit, _ in picture.limits] == [
        one for one in (spec.stop_loss, spec.take_profit) if one is not None
    ]
    png = paint(picture)
    assert isinstance(png, bytes)
    assert len(png) < 1_000_000


def test_a_limit_far_beyond_the_ladder_does_not_squeeze_it() -> None:
    ladder = pictures(a_head())["ladder"]
    assert isinstance(ladder, LadderPicture)

    def levels_with(*limits: int) -> bytes:
        """A strip of the levels, without what stands at their ends."""
        png = paint(replace(ladder, limits=tuple(("stop loss", D(one), Tone.BAD) for one in limits)))
        assert isinstance(png, bytes)
        seen = Image.open(io.BytesIO(png)).convert("RGB")
        wide, high = seen.size
        strip = (round(wide * 0.25), round(high * 0.33), round(wide * 0.3), round(high * 0.84))
        return seen.crop(strip).tobytes()

    assert levels_with(1) == levels_with() != levels_with(1880)
