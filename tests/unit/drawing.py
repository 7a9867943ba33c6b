"""Examples of pictures: a market that falls and comes back, in a language and in colours. Values only."""

from decimal import Decimal
from math import sin

from bot.owner.pictures import (
    Bar,
    CardPicture,
    CurvePicture,
    DaysPicture,
    Head,
    LadderPicture,
    MarketPicture,
    Panel,
    PanelsPicture,
    Picture,
    Rung,
    Step,
    Theme,
    Tone,
    Trade,
)
from strategy.model.curve import PriceRange
from strategy.model.market import Side

HOUR = 3_600_000
BEGIN = 1_790_000_000_000


def a_head(theme: Theme = Theme.DARK, **changes: str) -> Head:
    words = {
        "title": "Grid 1 · ETH_USDC",
        "figure": "Total −3.20 USDC (−0.32 %)",
        "note": "grid +9.71, floating −12.91",
    }
    words |= {"mark": "PAPER", "foot": "Packgrid · 2026-11-29 14:03", **changes}
    return Head(theme=theme, tone=Tone.BAD, **words)


def bars(count: int = 96) -> tuple[Bar, ...]:
    found = []
    for one in range(count):
        first, last = (Decimal(f"{2000 + 40 * sin(at / 9):.2f}") for at in (one, one + 1))
        low, high = min(first, last) - 3, max(first, last) + 3
        found.append(Bar(at=BEGIN + one * HOUR, open=first, high=high, low=low, close=last))
    return tuple(found)


def pictures(head: Head, *, levels: int = 20, count: int = 96) -> dict[str, Picture]:
    seen = bars(count)
    now = seen[-1].close if seen else Decimal(2000)
    curve = tuple((one.at, 1000 + (one.close - 2000) / 4) for one in seen) or ((BEGIN, Decimal(1000)),)
    rungs = [Decimal(1900) + Decimal(number * 200) / levels for number in range(levels)]
    return {
        "market": MarketPicture(
            head=head,
            bars=seen,
            rungs=tuple(
                Rung(price=at, side=Side.BUY if at < now else Side.SELL, frozen=number == 3)
                for number, at in enumerate(rungs)
            ),
            trades=tuple(
                Trade(at=one.at, price=one.close, side=Side.BUY if one.close < one.open else Side.SELL)
                for one in seen[::8]
            ),
            price=now,
            limits=(("stop loss 1,880.00", Decimal(1880)), ("take profit 9,000.00", Decimal(9000))),
            words=("buys", "sells", "price"),
        ),
        "ladder": LadderPicture(
            head=head,
            steps=tuple(
                Step(
                    low=at, high=at + 5, side=Side.BUY if at < now else Side.SELL, name=f"{at:,.2f}", money="50.00 USDC"
                )
                for at in rungs
            ),
            price=now,
            price_name=f"{now:,.2f}",
            limits=(
                ("stop loss 1,880.00", Decimal(1880), Tone.BAD),
                ("take profit 9,000.00", Decimal(9000), Tone.GOOD),
            ),
            words=("10 buys", "10 sells", "price"),
        ),
        "panels": PanelsPicture(
            head=head,
            panels=(
                Panel(
                    name="Calm",
                    shape=f"{rungs[0]:,.2f} to 2,100.00 USDC · {levels} levels, 2.10 % apart",
                    rungs=tuple(Rung(price=at, side=Side.BUY if at < now else Side.SELL) for at in rungs),
                    ends=(rungs[0], Decimal(2100)),
                    figures=(
                        ("Had it run the last 30 d", "+31.20 USDC", Tone.GOOD),
                        ("Next 30 days, 8 times in 10", "−9.80 to +31.50 USDC", Tone.PLAIN),
                        ("Worst of 200 such markets", "−104.50 USDC", Tone.BAD),
                    ),
                ),
                Panel(name="Default", shape="", rungs=(), ends=None, wrong=("It can't earn its fees:", "0.40 %")),
            )[: 1 + (count > 1)],
            past=tuple((one.at, one.close) for one in seen) or ((BEGIN, Decimal(2000)),),
            coming=tuple(
                PriceRange(at=BEGIN + (count + day * 24) * HOUR, low=now - day, middle=now, high=now + day)
                for day in range(31 if count else 0)
            ),
            words=("price", "price ahead, 8 times in 10", "buys", "sells"),
        ),
        "curve": CurvePicture(
            head=head,
            equity=curve,
            holding=tuple((one.at, one.close / 2) for one in seen),
            money=Decimal(1000),
            words=("grid", "holding coins", "cash", "below its highest"),
        ),
        "days": DaysPicture(
            head=head, days=tuple((f"11-{number + 1:02}", Decimal(number % 5 - 1)) for number in range(levels))
        ),
        "card": CardPicture(
            head=head,
            rows=(("Grid profit", "+9.71", Tone.GOOD), ("Floating profit", "−12.91", Tone.BAD)) * 4,
            curve=tuple(value for _, value in curve),
        ),
    }
