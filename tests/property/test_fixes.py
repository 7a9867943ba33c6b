"""Whatever is wished for: a button under a refusal leads to a preview that is accepted, never to the same refusal."""

from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.owner.proposal import propose
from bot.owner.views import Wish
from bot.settings import Defaults
from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.remedies import fix_buttons
from bot.telegram.typed.wishes import from_words
from strategy.grid.opening import Preview, preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import Fees, Market, Symbol
from tests.builders import a_market, a_touch

WISHES = st.fixed_dictionaries(
    {},
    optional={
        "interval": st.sampled_from(["1", "5", "40", "300"]),
        "grids": st.integers(1, 250).map(str),
        "out": st.sampled_from(["0.0001", "0.0015", "0.002", "0.004", "0.03"]),
        "spacing": st.sampled_from(["interval", "arithmetic", "geometric"]),
        "lower": st.sampled_from(["1000", "1900", "2100"]),
        "upper": st.sampled_from(["1950", "2050", "2600"]),
        "take": st.sampled_from(["1500", "2700"]),
        "trail": st.just("0.05"),
        "compound": st.just("0.5"),
        "usdc": st.sampled_from(["0.01", "0.5", "1", "2", "5", "13", "50", "900", "5000"]),
        "stop": st.sampled_from(["100", "1800", "2500"]),
        "maxpos": st.sampled_from(["1", "100", "2000"]),
    },
)
MARKETS = st.builds(
    a_market,
    tick=st.sampled_from(["0.01", "0.1", "5"]),
    step=st.sampled_from(["0.0001", "0.003", "0.01"]),
    least=st.sampled_from(["", "0.05"]),
)
USUAL, NONE = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001")), Fees(maker=Decimal(0), taker=Decimal(0))


class Chat:
    """What a fix needs of a talk: the trader's glance, and its buttons as they were made."""

    def __init__(self, market: Market, fees: Fees, free: Decimal) -> None:
        self.lang, self._market, self._fees, self._free = "en", market, fees, free
        self.made: list[dict[str, str]] = []
        self.trader = self
        self.desk = SimpleNamespace(clock=lambda: 0)

    def market(self, name: str) -> Market | None:
        return self._market if name == self._market.symbol else None

    def glance(self, symbol: Symbol, wish: Wish) -> Preview | Problem:
        assert symbol == self._market.symbol
        spec = propose(wish, self._market, a_touch(2000), self._fees, Defaults())
        if isinstance(spec, Problem):
            return spec
        return preview(spec, self._market, a_touch(2000), self._fees, self._free)

    def once(self, label: str, action: str, args: Mapping[str, str], *, group: str) -> str:
        assert group
        if action == "fix":
            self.made.append(dict(args))
        return label

    def label(self, key: str) -> str:
        return "Use {value}" if key == "use" else key

    def text(self, key: str, **_values: object) -> str:
        return key

    def figure(self, name: str, value: Decimal) -> str:
        return f"{name} {value}"

    async def offers(self, wish: Mapping[str, str]) -> list[dict[str, str]] | None:
        """The wishes behind the buttons under its refusal; None where it is accepted."""
        found = self.glance(Symbol(wish["market"]), settings_of(wish))
        if isinstance(found, Preview):
            return None
        await fix_buttons(cast(Conversation, self), found, wish)
        return self.made


def settings_of(wish: Mapping[str, str]) -> dict[str, Any]:
    return dict(from_words({name: word for name, word in wish.items() if name != "market"}))


@settings(max_examples=150)
@given(WISHES, MARKETS, st.sampled_from([USUAL, NONE]), st.sampled_from([1000, 20]))
async def test_a_button_under_a_refusal_leads_to_an_accepted_preview(
    wish: dict[str, str], market: Market, fees: Fees, free: int
) -> None:
    chat = Chat(market, fees, Decimal(free))
    offered = await chat.offers({"market": "ETH_USDC", **wish})
    assume(offered is not None)

    for mended in offered or []:
        found = chat.glance(Symbol("ETH_USDC"), settings_of(mended))
        assert isinstance(found, Preview), (wish, mended, found)


@pytest.mark.parametrize("usdc", ["0.5", "2", "2.2"])
async def test_an_order_too_small_to_be_rounded_is_told_so_and_its_button_helps(usdc: str) -> None:
    chat = Chat(a_market(), USUAL, Decimal(1000))
    wish = {"market": "ETH_USDC", "usdc": usdc, "grids": "1", "out": "0.002"}

    found = chat.glance(Symbol("ETH_USDC"), settings_of(wish))
    [mended] = await chat.offers(wish) or []

    assert isinstance(found, Problem)
    assert found.code in (ProblemCode.ROUNDING, ProblemCode.TOO_SMALL, ProblemCode.LOSES)
    assert isinstance(chat.glance(Symbol("ETH_USDC"), settings_of(mended)), Preview)
