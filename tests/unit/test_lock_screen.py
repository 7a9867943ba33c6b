"""What a lock screen shows of a notice, its first 60 characters: what happened, the amount with its sign, the grid."""

import re
from dataclasses import replace
from typing import assert_never

import pytest

from bot.demo.telegram.entities import parse_html
from bot.mode import Mode
from bot.telegram.texts import face as texts
from bot.telegram.texts.numbers import MINUS, change, cost, exact, fee_percent, gain, percent, price, worth
from bot.telegram.texts.phrases import LOCK_SCREEN
from strategy.messages.by_hand import (
    CoinsMissing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.fees import FeesChanged
from strategy.messages.gates import FallOver, FallPaused
from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Slept, Unwatched
from strategy.messages.notices import (
    AutoLendFound,
    FillTold,
    GridEnded,
    GridOpened,
    GridParked,
    LevelJumped,
    LevelWaits,
    LimitReached,
    MarketRestricted,
    MovementSeen,
    Notice,
    PhaseChanged,
    RangeLeft,
    SeedsBought,
    StrangersTold,
    TripClosed,
    Trouble,
)
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.reports import CameBack, Report
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.messages.shifts import ShiftBegun, ShiftDone, ShiftKept
from strategy.messages.widths import WidthChanged
from strategy.model.limits import Bound
from strategy.model.market import USDC, Asset, Side
from strategy.model.money import ONE, ratio
from strategy.model.orders import GridId
from strategy.model.stops import StopReason
from tests.unit import telling
from tests.unit.telling import SOLD, D, a_burst

GRID = {"en": r"[Gg]rid {0}\b", "zh": "网格 {0}(?![0-9])"}
HAPPENED = {
    "fill": ("bought|sold", "买入|卖出"),
    "trip_closed": ("round trip closed", "完成一轮"),
    "grid_opened": ("is open on ETH_USDC|waits to open on ETH_USDC", "[已待]在 ETH_USDC 开启"),
    "seeds_bought": ("first coins", "建仓完成"),
    "phase_changed": (
        "waits|has begun|is trading|is paused|is stopping|is stopped|is parked",
        "等待|已开始|运行中|已暂停|停止中|已停止|已搁置",
    ),
    "limit_reached": (
        "reached|being stopped|Panic|Trailing take-profit",
        "触及|触发|停止",
    ),
    "grid_ended": ("has stopped", "已停止"),
    "range_left": ("fell out of the range|rose out of the range|is back in the range", "跌出|涨出|回到"),
    "level_jumped": ("buys at|sells at", "买入|卖出"),
    "level_waits": (
        "Unclear|Waiting for|Too far off|Can't rest yet|Not enough|Blocked|Maximum position|no room|Refused|missing"
        "|reached|Enough for|No price",
        "待确认|等待|太远|挂不上|不足|挡住|最大持仓|不接受|被拒绝|缺币|上限|已满|没有可卖",
    ),
    "trouble": (
        "doesn't answer|don't get through|maintenance|refuses|is off|slow down|shows nothing|traded on",
        "没有回应|发不到|维护|拒绝|不准|放慢|什么都没有|交易",
    ),
    "market_restricted": ("closed|takes only|no price|has a price|as usual", "关闭|只能|只接受|暂无报价|恢复"),
    "fees_changed": ("Your fees are now", "手续费已变"),
    "points_week": ("Points week over", "积分周已结束"),
    "goal_reached": ("goal reached", "目标已达到"),
    "budget_spent": ("budget is spent", "预算已用完"),
    "grid_parked": ("is parked", "已搁置"),
    "strangers": ("carry my numbers", "带有本机编号"),
    "strangers_settled": ("adopted", "接管"),
    "coins_missing": ("are missing|has its coins again", "缺少|回来了"),
    "order_resurfaced": ("was over still rests", "仍在挂着"),
    "rules_changed": ("changed the rules", "修改了"),
    "rows_unread": ("can't read|read whole again|read again", "读不懂|读不到|又能"),
    "stray_cancelled": ("cancelled with mine", "一并撤销"),
    "fall_paused": ("buys nothing", "暂停买入"),
    "fall_over": ("buys again", "恢复买入"),
    "orders_left": ("My records are empty", "账本是空的"),
    "fills_missing": ("doesn't know what is in my books", "对不上"),
    "live_unconfirmed": ("would trade real money", "真实资金"),
    "hold_over": ("are gone|after all", "没有了|已经显示"),
    "held_back": ("would exce|reached|a minute", "上限"),
    "opening_paused": ("stopped by a loss", "因亏损停止"),
    "auto_lend": ("Auto-lend is on", "自动借出已开启"),
    "came_back": ("I was away|I am here", "离线|已启动"),
    "movement": (
        "ledger begins|Deposit|Withdrawal|withdrawal|Dust|Interest|Loan|Perpetuals|Difference",
        "期初|充值|提现|小额兑换|利息|借款|永续合约|差额",
    ),
    "clock_off": ("clock", "时钟"),
    "slept": ("stood still", "停顿"),
    "unwatched": ("seen no prices|see prices again", "没有读到价格|又能读到价格"),
    "buying_paused": ("buys no more|buys again", "不再买入|恢复买入"),
    "sale_rests": ("sells slowly|waits for break-even", "慢慢卖出|等回本"),
    "stop_rose": ("has risen", "上移"),
    "opens_again": ("opens again|trades on|can't open again", "再次开启|继续交易"),
    "end_date": ("ends tomorrow|ends today", "结束"),
    "trail_begun": ("follows the price", "跟随价格"),
    "backup_failed": ("could not be made", "没有做成"),
    "shadow_differs": ("replay found a difference", "回放发现差异"),
    "envelope_changed": ("for grid", "现有"),
    "shift_begun": ("shifts up|shifts down", "上移|下移"),
    "shift_done": ("has shifted", "已上移|已下移"),
    "shift_kept": ("stays where it is", "不平移"),
    "width_changed": ("apart", "间隔"),
    "report": ("[Rr]eport for|Packgrid is leaving", "日报|至 2026-02-12 报告|正在退出"),
}
"""How each kind of notice says what happened: in English, in Chinese."""


def shown(lang: str, told: Notice) -> str:
    """What a locked phone shows."""
    return parse_html(texts.notice(lang, told, Mode.LIVE)).text[:LOCK_SCREEN]


@pytest.mark.parametrize(("lang", "at"), [("en", 0), ("zh", 1)])
@pytest.mark.parametrize("told", telling.notices(), ids=lambda told: told.kind)
def test_a_lock_screen_shows_what_happened_the_amount_and_the_grid(lang: str, at: int, told: Notice) -> None:
    seen = shown(lang, told)

    assert re.search(HAPPENED[told.kind][at], seen), seen
    if (amount := amount_of(told)) is not None:
        assert amount in seen, seen
    if (grid := getattr(told, "grid_id", None)) is not None and not is_of_all(told):
        assert re.search(GRID[lang].format(grid), seen), seen


def test_the_languages_are_those_that_are_looked_at() -> None:
    assert texts.LANGUAGES == ("en", "zh")


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_lock_screen_shows_the_money_of_a_burst_and_whose_it_is(lang: str) -> None:
    seen = parse_html(texts.fills(lang, a_burst(500 // 2), Mode.LIVE)).text[:LOCK_SCREEN]

    assert "+12.76 USDC" in seen
    assert "250" in seen
    assert re.search(GRID[lang].format(3), seen)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_fill_of_long_figures_still_names_its_grid_there(lang: str) -> None:
    long = replace(SOLD, base=Asset("kBONK"), quantity=D("12589999.5"), price=D("0.00001945123"), grid_id=GridId(12))
    said = texts.notice(lang, long, Mode.LIVE)

    seen = parse_html(said).text[:LOCK_SCREEN]
    assert "+0.118 USDC" in seen
    assert re.search(GRID[lang].format(12), seen)
    assert "12,589,999.5 kBONK" in said


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_round_trip_that_lost_money_is_not_green(lang: str) -> None:
    lost = replace(SOLD, trip_profit=D("-0.4213"))

    assert texts.notice(lang, lost, Mode.LIVE).startswith(f"🔴 <b>{MINUS}0.422 USDC</b>")
    assert texts.notice(lang, SOLD, Mode.LIVE).startswith("🟢 <b>+0.118 USDC</b>")


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("told", telling.notices(), ids=lambda told: told.kind)
def test_what_is_said_beyond_the_headline_folds(lang: str, told: Notice) -> None:
    if isinstance(told, Report):
        return  # a card, as /report shows it
    head, fold, rest = texts.notice(lang, told, Mode.LIVE).partition("\n<blockquote expandable>")

    assert "\n" not in head or not fold
    if fold:
        details, end, foot = rest.rpartition("</blockquote>\n")
        assert details
        assert end
        assert "\n" not in foot


def is_of_all(told: Notice) -> bool:
    """These limits are of all grids together, whichever is named."""
    return isinstance(told, LimitReached) and told.reason in (StopReason.DAILY_LOSS, StopReason.DRAWDOWN)


def amount_of(told: Notice) -> str | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind, nothing else
    """The figure that a notice is about, as it must stand there; None where there is none."""
    match told:
        case FillTold(trip_profit=profit, quote=quote) if profit is not None:
            return f"{gain(profit, quote, fine=True)} {quote}"
        case FillTold(side=side, quantity=quantity, base=base):
            return f"{'+' if side is Side.BUY else MINUS}{exact(quantity)} {base}"
        case TripClosed(profit=profit, quote=quote):
            return f"{gain(profit, quote, fine=True)} {quote}"
        case GridOpened(money=money, quote=quote):
            return f"{cost(money, quote)} {quote}"
        case SeedsBought(coins=coins, base=base):
            return f"+{exact(coins)} {base}"
        case LimitReached(reason=StopReason.OWNER | StopReason.PANIC | StopReason.END_DATE):
            return None
        case LimitReached(reason=StopReason.STOP_LOSS | StopReason.TAKE_PROFIT, standings=((quote, one),)):
            return f"{gain(one.total, quote)} {quote}"
        case LimitReached(reason=StopReason.STOP_LOSS | StopReason.TAKE_PROFIT | StopReason.TRAILING, value=value):
            return price(value)  # of a version that knew no more
        case LimitReached(value=value, unit=unit):
            return gain(value, unit)
        case GridEnded(standing=standing, quote=quote):
            return f"{gain(standing.total, quote)} {quote}"
        case RangeLeft(price=at) | LevelJumped(price=at) | FallOver(price=at) | TrailBegun(price=at):
            return price(at)
        case FeesChanged(maker=maker):
            return fee_percent(maker)
        case PointsWeekOver(week=week):
            return next((worth(one.volume, quote) for quote, one in week.items()), None)
        case GoalReached(volume=volume):
            return worth(volume, USDC)
        case BudgetSpent(cost=spent):
            return cost(spent, USDC)
        case CoinsMissing(back=False, needed=needed, held=held, base=base):
            return f"{exact(needed - held)} {base}"
        case OrderResurfaced(quantity=quantity):
            return exact(quantity)
        case StrayCancelled(price=at):
            return None if at is None else price(at)
        case FallPaused(price=at, highest=highest):
            return f"{MINUS}{percent(ONE - ratio(at, highest))}"
        case HeldBack(bound=Bound.EXPOSURE, value=value):
            return cost(value, USDC)
        case HeldBack(value=value):
            return exact(value)
        case CameBack(fills=fills, profit=profit, quote=quote):
            return f"{gain(profit, quote)} {quote}" if fills and quote else None
        case MovementSeen(amount=amount, asset=asset):
            return f"{change(amount)} {asset}"
        case StopRose(stop=stop):
            return price(stop)
        case SaleRests(coins=coins, base=base):
            return exact(coins)
        case OpensAgain(needed=needed, quote=quote) if needed is not None:
            return cost(needed, quote)
        case OpensAgain(fits=False):
            return None
        case OpensAgain(coins=coins, money=money, quote=quote):
            return exact(coins) if coins else cost(money, quote)
        case EnvelopeChanged(after=after, quote=quote):
            return f"{cost(after, quote)} {quote}"
        case ShiftBegun(coins=coins, fees=fees, slippage=slippage, loss=loss, quote=quote):
            return f"{MINUS}{cost(fees + slippage + loss, quote, fine=True)} {quote}" if coins or loss else None
        case ShiftDone(cost=paid, loss=loss, quote=quote):
            return f"{MINUS}{cost(max(D(0), paid) + loss, quote, fine=True)} {quote}" if paid > 0 or loss else None
        case WidthChanged(after=after):
            return price(after)
        case Report(grids=grids):
            return f"{gain(sum((line.standing.today for line in grids), D(0)), USDC)} USDC" if grids else None
        case (
            PhaseChanged()
            | LevelWaits()
            | Trouble()
            | MarketRestricted()
            | GridParked()
            | StrangersTold()
            | StrangersSettled()
            | CoinsMissing()
            | RulesChanged()
            | RowsUnread()
            | OrdersLeft()
            | FillsMissing()
            | LiveUnconfirmed()
            | HoldOver()
            | OpeningPaused()
            | AutoLendFound()
            | ClockOff()
            | Slept()
            | Unwatched()
            | BuyingPaused()
            | EndDate()
            | BackupFailed()
            | ShadowDiffers()
            | ShiftKept()
        ):
            return None
        case _:
            assert_never(told)
