"""What "Change a figure" offers: every parameter on one page, values that can be read, prices that fit the market."""

from decimal import Decimal

import pytest

from bot.languages import LANGUAGES, catalogue
from bot.telegram.typed.choices import PAGES, offered
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import Wrong, parse_value
from strategy.model.spec import GridSpec, Spacing
from tests.builders import a_market

D = Decimal
SPEC = GridSpec(
    symbol=a_market().symbol, spacing=Spacing.INTERVAL, grids=3, interval=D(40), out_want=D("0.004"), total=D(150)
)


def test_every_parameter_of_a_grid_stands_on_one_page() -> None:
    placed = [name for names in PAGES.values() for name in names]

    assert sorted(placed) == sorted(GRID_KEYS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_and_every_parameter_has_its_words(lang: str) -> None:
    known = catalogue(lang)
    needed = [f"button.page.{page}" for page in PAGES]
    needed += [f"parameter.{name}.{what}" for name in GRID_KEYS for what in ("name", "ask")]

    assert not [key for key in needed if key not in known]


@pytest.mark.parametrize("name", GRID_KEYS)
def test_for_every_parameter_there_are_values_that_can_be_read_as_they_are_typed(name: str) -> None:
    found = [value for value, _ in offered(name, SPEC, a_market(), D("2543.21"))]

    assert found
    assert len(found) == len(set(found))
    assert not [value for value in found if isinstance(parse_value(name, value), Wrong)]


def test_prices_are_told_with_their_distance_and_as_a_person_would_type_them() -> None:
    assert list(offered("stop", SPEC, a_market(), D("2543.21"))) == [
        ("2290", D("-0.1")),
        ("2030", D("-0.2")),
        ("1780", D("-0.3")),
    ]
    assert [value for value, _ in offered("usdc", SPEC, a_market(), D(2500))] == ["25", "50", "100"]
    assert list(offered("stop", SPEC, a_market(), None)) == []
