"""The facts of every refusal, as the core gives them to the chat."""

from decimal import Decimal

from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase

D = Decimal


FACTS: dict[ProblemCode, dict[str, str | int | Decimal]] = {
    ProblemCode.UNKNOWN_MARKET: {"name": "<X>", "suggestions": "ETH_USDC, BTC_USDC"},
    ProblemCode.UNKNOWN_GRID: {"id": 9, "grids": "1, 3"},
    ProblemCode.WRONG_PHASE: {"phase": Phase.PAUSED.value, "id": 3},
    ProblemCode.NO_PRICE: {"symbol": "ETH_USDC"},
    ProblemCode.SAME_TICK: {"price": D("2500"), "tick": D("0.01"), "field": "grids"},
    ProblemCode.TOO_SMALL: {
        "quantity": D("0.0001"),
        "minimum": D("0.001"),
        "base": "ETH",
        "least_money": D("2.5401"),
        "quote": "USDC",
        "field": "usdc",
    },
    ProblemCode.ROUNDING: {
        "step": D("0.0001"),
        "base": "ETH",
        "least_money": D("2.5401"),
        "quote": "USDC",
        "field": "usdc",
    },
    ProblemCode.NO_QUOTE_PRICE: {"quote": "BTC", "field": "usdc", "least_money": D("0.00002511")},
    ProblemCode.NO_TARGET: {},
    ProblemCode.COUNTED_TWICE: {},
    ProblemCode.NO_GOAL: {},
    ProblemCode.NOT_PLAYED: {},
    ProblemCode.NOTHING_BEFORE: {},
    ProblemCode.TOO_LARGE: {"maximum": D(1000), "base": "ETH"},
    ProblemCode.LOSES: {"step": D("0.0005"), "fees": D("0.0016"), "buffer": D("0.001"), "least": D("0.0027")},
    ProblemCode.NO_MONEY: {
        "needed": D("150.201"),
        "free": D("92.109"),
        "reserved": D(400),
        "fits": D("30.669"),
        "quote": "USDC",
        "field": "usdc",
    },
    ProblemCode.OUTSIDE: {"price": D(2510), "lower": D(1800), "upper": D(2000)},
    ProblemCode.TRIGGER_OUTSIDE: {"price": D(2100), "lower": D(1800), "upper": D(2000)},
    ProblemCode.NO_HISTORY: {"symbol": "ETH_USDC", "hours": 168, "known": 53, "field": "gate"},
    ProblemCode.TOO_MANY_LEVELS: {"maximum": 200},
    ProblemCode.TOO_MANY_GRIDS: {"maximum": 40},
    ProblemCode.BELOW_ZERO: {"lowest": D("-20")},
    ProblemCode.BAD_RANGE: {"lower": D(2000), "upper": D(1800)},
    ProblemCode.BAD_LIMIT: {"field": "stop", "value": D(2600), "price": D(2510)},
    ProblemCode.HALTED: {"halt": "strangers"},
    ProblemCode.INTERRUPTED: {"cause": "maintenance"},
    ProblemCode.MARKET_CLOSED: {"symbol": "ETH_USDC", "state": "cancel_only"},
    ProblemCode.DIFFERENCE: {},
    ProblemCode.PREVIEW_OVER: {},
    ProblemCode.POSITION: {"maximum": D(100), "money": D("149.651")},
    ProblemCode.OPENING_PAUSED: {"stops": 3, "hours": 24, "left": 7_500_000},
    ProblemCode.END_PAST: {"ends": "2026-11-01", "today": "2026-11-22"},
    ProblemCode.NO_TRAIL_START: {},
    ProblemCode.AGAIN_TOO_SOON: {"hours": 1, "least": 24},
    ProblemCode.EXPOSURE: {"most": D(3000), "needed": D("3049.651"), "coin": "ETH"},
}
