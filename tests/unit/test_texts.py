"""What the owner reads, word for word: the tone of the house, the figures never rounded in his favour."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.mode import Mode
from bot.telegram.texts import face as texts
from strategy.grid.opening import Preview, preview
from strategy.messages.notices import LimitReached
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.orders import GridId, LevelId, OrderStatus, Purpose
from strategy.model.stops import StopReason
from tests.unit import telling, viewing
from tests.unit.refusing import FACTS
from tests.unit.telling import BOUGHT, CAME_BACK, DAILY, SOLD, D, a_burst
from tests.unit.viewing import a_grid, a_preview, a_summary


def plain(html: str) -> str:
    html = html.replace("<blockquote expandable>", "<blockquote>")
    for tag in ("b", "i", "code", "pre", "blockquote"):
        html = html.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_a_sale_tells_its_round_trip_and_where_the_grid_stands() -> None:
    assert texts.fills("en", [SOLD], Mode.DEMO) == (
        "🟢 <b>+0.118 USDC</b> · sold 0.0199 ETH at 2,530.40 · grid 3, level 7\n"
        "<blockquote expandable>A round trip, after 0.080 fees. "
        "Today +1.84 · total −3.20 (grid +9.71, floating −12.91)\n"
        "<i>#2959284</i></blockquote>\n"
        "<i>demo</i>"
    )


def test_a_sale_reads_as_well_in_chinese() -> None:
    assert texts.fills("zh", [SOLD], Mode.LIVE) == (
        "🟢 <b>+0.118 USDC</b> · 卖出 0.0199 ETH，价格 2,530.40 · 网格 3 第 7 格\n"
        "<blockquote expandable>完成一轮，已扣手续费 0.080。今日 +1.84，总计 −3.20（网格利润 +9.71，浮动盈亏 −12.91）\n"
        "<i>#2959284</i></blockquote>\n"
        "<b>LIVE 实盘</b>"
    )


def test_a_buy_tells_what_it_cost() -> None:
    assert plain(texts.notice("en", BOUGHT, Mode.PAPER)).splitlines()[:2] == [
        "🔵 +0.0199 ETH · bought at 2,490.00 USDC · grid 3, level 7",
        "Cost 49.56 USDC, fee 0.00001592 ETH. Today +1.84 · total −3.20 (grid +9.71, floating −12.91)",
    ]


def test_first_coins_of_a_grid_keep_their_space_in_chinese() -> None:
    seed = replace(BOUGHT, level=None, purpose=Purpose.SEED)

    assert " · 网格 3 建仓\n" in texts.fills("zh", [seed], Mode.LIVE)
    assert " · 网格 3 第 7 格建仓\n" in texts.fills("zh", [replace(seed, level=LevelId(7))], Mode.LIVE)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_only_fill_of_its_grid_among_others_is_told_as_if_alone(lang: str) -> None:
    alone, others = replace(SOLD, grid_id=GridId(5)), a_burst(2)

    said = texts.fills(lang, [*others, alone], Mode.DEMO)

    assert texts.fills(lang, [alone], Mode.DEMO).rpartition("\n")[0] in said
    assert "#2959284" in said
    assert said.count("In 40 s" if lang == "en" else "秒内") == 1


def test_a_burst_that_only_bought_does_not_count_what_it_did_not_sell() -> None:
    assert "In 1 s: 2 bought.\n" in texts.fills("en", [BOUGHT, BOUGHT], Mode.DEMO)
    assert "秒内：买入 2 笔。\n" in texts.fills("zh", [BOUGHT, BOUGHT], Mode.DEMO)


def test_a_burst_is_one_sentence_and_still_names_every_trade() -> None:
    told = a_burst(12)

    said = texts.fills("en", told, Mode.DEMO)

    assert said.startswith(
        "🟢 <b>+0.61 USDC</b> · 12 fills, 5 round trips · grid 3\n"
        "<blockquote expandable>In 40 s: 7 bought, 5 sold; 5 round trips, after fees.\n"
    )
    assert "bought 0.0199 ETH at 2,490.00 USDC · #2959011" in said
    assert all(f"#{fill.trade.split(':')[1]}" in said for fill in told)


@pytest.mark.parametrize("count", [2, 40, 80, 150, texts.MOST_FILLS_TOLD])
def test_a_burst_of_any_size_fits_one_message_with_every_trade(count: int) -> None:
    told = [*a_burst(count // 2), *a_burst(count - count // 2, GridId(4))]

    for lang in texts.LANGUAGES:
        said = texts.fills(lang, told, Mode.DEMO)
        assert len(said) <= 3900
        assert all(f"#{fill.trade.split(':')[1]}" in said for fill in told)


def test_the_daily_loss_limit_names_the_figures_and_the_next_step() -> None:
    assert plain(texts.notice("en", DAILY, Mode.LIVE)) == (
        "Daily loss limit reached: −200.35 of 200.00 USDC.\n"
        "All 3 grids are stopping, 41 orders are being cancelled, the coins are kept (0.412 ETH).\n"
        "They stay stopped until you resume them (/resume). /report shows what happened.\n"
        "LIVE"
    )


def test_a_stop_loss_names_the_bid_and_the_stop() -> None:
    said = plain(texts.notice("en", telling.a_limit(StopReason.STOP_LOSS, sell=True), Mode.LIVE))

    assert said.startswith(
        "Stop loss reached on grid 3: total −3.20 USDC; ETH_USDC bid 1,799.50, stop 1,800.00.\n12 orders"
    )
    assert "the coins are being sold (0.0594 ETH)" in said


def test_the_restart_report_says_what_happened_meanwhile() -> None:
    assert plain(texts.notice("en", CAME_BACK, Mode.DEMO)) == (
        "I was away for 14 min at most: 3 fills, +0.37 USDC.\n"
        "Found 3 fills (+0.37 USDC), placed 3 orders, nothing is unclear, the books balance.\n"
        "1 grid in my care. /status shows them.\n"
        "demo"
    )


@pytest.mark.parametrize(("lang", "told"), [("en", "is a tokenised stock"), ("zh", "是股票代币")])
def test_a_tokenised_stock_is_explained_and_not_called_unknown(lang: str, told: str) -> None:
    found = Problem(code=ProblemCode.UNKNOWN_MARKET, facts=(("name", "NVDA.US_USDC"), ("suggestions", "")))
    said = str(texts.problem(lang, found))
    assert f"<code>NVDA.US_USDC</code> {told}" in said
    assert "/grid ETH_USDC" in said


def test_an_unknown_market_comes_with_a_guess_and_an_example() -> None:
    found = Problem(code=ProblemCode.UNKNOWN_MARKET, facts=(("name", "ETH_USD"), ("suggestions", "ETH_USDC")))

    assert texts.problem("en", found) == (
        "I don't know the market <code>ETH_USD</code>. Did you mean ETH_USDC? "
        "Example: <code>/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%</code>"
    )


def losing(step: str) -> Problem:
    facts = {"step": D(step), "fees": D("0.001602"), "buffer": D("0.001"), "least": D("0.0027")}
    return Problem(code=ProblemCode.LOSES, field="out", facts=tuple(facts.items()))


def test_a_losing_grid_is_told_the_smallest_step_that_would_do() -> None:
    assert plain(texts.problem("en", losing("0.0005"))) == (
        "That grid would lose on every round trip: a step of 0.05 % earns less than the 0.16 % it pays in fees. "
        "The smallest step I accept here is 0.27 % (fees, your buffer of 0.10 %, rounding).\n"
        "Use out=0.27% or more."
    )
    assert "earn too little" in texts.problem("en", losing("0.002"))


def test_every_problem_is_told_with_all_its_facts() -> None:
    assert FACTS.keys() == set(ProblemCode)


@pytest.mark.parametrize("code", ProblemCode)
@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_missing_fact_is_left_out_and_never_shown_as_a_gap(code: ProblemCode, lang: str) -> None:
    facts = tuple(FACTS[code].items())
    for known in (facts, *((*facts[:index], *facts[index + 1 :]) for index in range(len(facts))), ()):
        said = texts.problem(lang, Problem(code=code, facts=known))
        assert said
        assert not set("{}[]?？") & set(said.replace("Did you mean ETH_USDC, BTC_USDC?", "").replace("？", "")), said


@pytest.mark.parametrize(
    ("reserved", "english", "chinese"),
    [
        (D(0), "Use less money, or deposit USDC first", "请减少金额，或先充值 USDC"),
        (D(400), "(other grids hold 400.00 USDC). Use less money, or stop a grid", "请减少金额，或先停掉一个网格"),
    ],
)
def test_other_grids_are_named_only_where_they_hold_something(reserved: Decimal, english: str, chinese: str) -> None:
    facts = FACTS[ProblemCode.NO_MONEY] | {"free": D(0), "fits": D(0), "reserved": reserved}
    found = Problem(code=ProblemCode.NO_MONEY, facts=tuple(facts.items()))

    assert english in texts.problem("en", found)
    assert chinese in texts.problem("zh", found)
    assert ("other grids" in texts.problem("en", found)) is bool(reserved)


def told(code: ProblemCode, lang: str = "en") -> str:
    return plain(texts.problem(lang, Problem(code=code, facts=tuple(FACTS[code].items()))))


def test_problems_name_the_setting_that_mends_them() -> None:
    assert told(ProblemCode.NO_MONEY) == (
        "That needs 150.21 USDC, but 92.10 USDC are free (other grids hold 400.00 USDC). usdc=30.66 would fit."
    )
    assert told(ProblemCode.TOO_SMALL) == (
        "An order of 0.0001 ETH is too small: Backpack takes 0.001 ETH at least. Use 2.55 USDC or more: usdc=2.55."
    )
    assert told(ProblemCode.BAD_LIMIT).startswith("The stop loss (2,600) must be below 2,510.00.")
    assert told(ProblemCode.INTERRUPTED, "zh").startswith("Backpack 暂时无法交易：Backpack 正在维护。")


def test_a_maximum_loss_that_is_reached_already_is_told_as_money() -> None:
    facts = (("field", "max_loss"), ("value", D("7.5")), ("price", D("-8.123")))

    said = texts.problem("en", Problem(code=ProblemCode.BAD_LIMIT, field="max_loss", facts=facts))

    assert said.startswith("The maximum loss (7.50 USDC) is reached already: the total is −8.13 USDC.")


def test_the_preview_shows_money_profit_and_the_worst_case() -> None:
    said = plain(texts.preview("en", a_preview(), Mode.DEMO)).splitlines()

    assert said[0] == "152.68 USDC set aside · ETH_USDC, 3 levels"
    assert said[1] == "Each round trip earns +0.118 to +0.119 USDC after fees (0.23 % of the money in it)."
    assert said[2].startswith("If the price falls to 2,450.20: total −")
    assert "Each buy 50.00 USDC at most (first coins apart)." in said
    assert "3  2,530.20  2,540.33  0.0197" in said
    assert said[-2:] == ["Nothing is sent before you press Start.", "demo"]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_preview_is_a_screen_of_a_phone_and_what_explains_it_is_folded(lang: str) -> None:
    head, fold, rest = texts.preview(lang, a_preview(), Mode.LIVE).partition("<blockquote expandable>")
    folded, end, foot = rest.partition("</blockquote>")

    assert plain(head).startswith(("152.68 USDC", "预留 152.68 USDC")), "the money before anything else"
    assert len(plain(head)) < 500
    assert head.count("\n") + foot.count("\n") < 12
    assert (bool(fold), bool(end)) == (True, True)
    assert all(part in plain(folded) for part in ("50.00", "0.27", "2,530.20"))


def test_the_most_that_a_buy_costs_is_not_said_of_first_coins_which_may_cost_more() -> None:
    coarse = replace(viewing.MARKET, step_size=D("0.001"), min_quantity=D("0.001"))
    spec = replace(viewing.INTERVAL, quote_per_order=D("50.25"))
    seen = preview(spec, coarse, viewing.TOUCH, viewing.FEES, D(10_000))
    assert isinstance(seen, Preview)
    seeded = sum(level.side is Side.SELL for level in seen.levels)
    assert seen.seed_cost > D("50.25") * seeded, "the market of which this is told"
    assert all(level.buy_price * level.quantity <= D("50.25") for level in seen.levels)

    said = {lang: plain(texts.preview(lang, seen, Mode.DEMO)) for lang in texts.LANGUAGES}

    assert "Each buy 50.25 USDC at most (first coins apart)." in said["en"]
    assert "每格买单最多 50.25 USDC（建仓另计）。" in said["zh"]
    bought = replace(seen, seed_coins=D(0), seed_cost=D(0))
    assert "apart" not in texts.preview("en", bought, Mode.DEMO)


def test_a_fraction_and_a_per_cent_are_shown_as_they_were_understood() -> None:
    """`out=0.004` means 0.4 %, `maxloss=5%` means 5 %: whoever typed it sees that before anything starts."""
    for lang, out, loss in (("en", "Each level sells 0.4 % above", "maximum loss 5.00 %"), ("zh", "高 0.4%", "5.00%")):
        said = plain(texts.preview(lang, a_preview(), Mode.DEMO))
        assert out in said
        assert loss in said
    assert "Each level sells" not in plain(texts.preview("en", a_preview(viewing.GEOMETRIC), Mode.DEMO))


def test_an_order_in_limbo_is_not_said_to_stay() -> None:
    left = replace(telling.a_report(1), leaving=True)
    cases: dict[tuple[int, int], str] = {
        (0, 1): "The fate of 1 order is unknown",
        (2, 0): "2 orders stay at Backpack",
        (0, 0): "No order is left at Backpack.",
        (1, 3): "1 order stays at Backpack",
    }

    for (kept, unknown), expected in cases.items():
        said = plain(texts.report("en", replace(left, orders_kept=kept, orders_unknown=unknown), Mode.PAPER))
        assert expected in said
        assert ("at Backpack and may trade" in said) == bool(kept)
        assert ("is unknown" in said) == bool(unknown)


def test_a_stop_that_a_limit_begins_has_not_cancelled_anything_yet() -> None:
    for told in telling.notices():
        if isinstance(told, LimitReached):
            said = plain(texts.notice("en", told, Mode.LIVE))
            assert "being cancelled" in said
            assert "are cancelled" not in said


def test_a_stop_that_comes_after_the_maximum_loss_is_said_to() -> None:
    said = texts.preview("en", a_preview(viewing.GEOMETRIC), Mode.LIVE)

    assert "Worst case: total <b>−2,925.09 USDC</b> at the stop loss 1,400.00." in said
    assert "Its maximum loss stops it before that, at −429.12 USDC; the ETH it keeps may still lose value." in said


def test_the_status_shows_ranges_when_it_has_the_grids() -> None:
    said = plain(texts.status("en", a_summary(), {GridId(1): a_grid(1)}))

    assert said.startswith("Total −3.20 USDC (grid +9.71, floating −12.91) · today +1.84\n")
    assert "Grid 1 · ETH_USDC · waiting to open" in said
    assert "Range 2,450.20 to 2,540.33, bid 2,510.10 USDC · 0 orders, 61 fills" in said
    assert "27 round trips, 4.20 USDC fees, holds 0.0594 ETH" in said
    assert "Orders: 41 open, 2 levels wait, 1 unclear, 3 not mine" in said
    assert "USDC 9,805.12 · free 9,650.12 · −3.20 since the start" in said


def test_of_finished_grids_the_last_three_are_listed_and_all_when_asked_for() -> None:
    ended = [telling.a_line(number, Phase.STOPPED) for number in range(1, 6)]
    over = [replace(line, standing=replace(line.standing, coins=Decimal(0))) for line in ended]
    summary = replace(a_summary(), grids=(telling.a_line(6), *over, telling.a_line(7, Phase.STOPPED)))

    said, whole = (plain(texts.grids("en", summary, whole=one)) for one in (False, True))
    listed = [
        [line.split(" · ")[0].removeprefix("/grid_") for line in text.splitlines() if "ETH_USDC" in line]
        for text in (said, whole)
    ]
    assert listed == [["6", "7", "5", "4", "3"], ["6", "7", "5", "4", "3", "2", "1"]]
    assert "2 finished grids are put away: /grids all" in said
    assert "put away" not in whole


def test_what_stops_all_trading_stands_first() -> None:
    for card in (texts.status, texts.grids, texts.pnl):
        said = card("en", viewing.troubled()).splitlines()
        assert said[0] == "<b>Nothing trades: the daily loss limit is reached.</b> /resume decides."
        assert said[1].startswith("<b>Nothing new is placed: Backpack is in maintenance</b> for 1 min.")


def test_empty_cards_name_the_next_step() -> None:
    empty = replace(a_summary(0), balances=())

    assert "/grid opens one" in texts.status("en", empty)
    assert "/grid opens one" in texts.pnl("en", empty)
    assert "try again" in texts.balance("en", empty)
    assert "/status" in texts.orders("en", viewing.some_orders(0, 0), Mode.DEMO)
    assert "No fills yet" in texts.fill_list("en", viewing.some_fills(0), Mode.DEMO)


def test_orders_say_what_is_still_to_trade_and_what_is_unclear() -> None:
    half = viewing.an_order(1, filled=D("0.0099"), unknown_since=1)
    going = viewing.an_order(2, status=OrderStatus.CANCELLING)
    view = replace(viewing.some_orders(1), ours=(half, going))

    said = plain(texts.orders("en", view, Mode.DEMO)).splitlines()

    assert said[:5] == [
        "1 open order, 1 unclear",
        "Grid 3 · ETH_USDC",
        "sell 0.01 of 0.0199 ETH at 2,530.40 · level 1 · unclear",
        "sell 0.0199 ETH at 2,530.40 · level 2 · being cancelled",
        "— 2,510.10 USDC —",
    ]


def test_orders_are_a_ladder_of_the_nearest_five_on_each_side() -> None:
    sells = [viewing.an_order(one, price=D(2510 + one)) for one in range(1, 9)]
    buys = [viewing.an_order(20 + one, price=D(2510 - one), side=Side.BUY) for one in range(1, 4)]
    view = replace(viewing.some_orders(1, 0), ours=(*sells, *buys))

    short = plain(texts.orders("en", view, Mode.DEMO)).splitlines()
    whole = plain(texts.orders("en", view, Mode.DEMO, whole=True)).splitlines()

    assert [line.split(" at ")[1].split()[0] for line in short if " at " in line] == [
        *("2,515.00", "2,514.00", "2,513.00", "2,512.00", "2,511.00"),
        *("2,509.00", "2,508.00", "2,507.00"),
    ]
    assert "… 3 orders more: /orders 3" in short
    assert len([line for line in whole if " at " in line]) == 11
    assert texts.grids_cut(view) == [sells[0].grid_id]


def test_a_page_of_fills_says_which_it_is() -> None:
    view = replace(viewing.some_fills(2), total=45, before=20)

    assert plain(texts.fill_list("en", view, Mode.DEMO)).startswith("Fills 21 to 22 of 45, newest first")
    assert view.after == 23


def test_an_order_that_rests_no_more_and_shows_no_fill_is_counted_as_its_line_says() -> None:
    gone = viewing.an_order(1, status=OrderStatus.OPEN, unknown_since=1)
    view = replace(viewing.some_orders(1), ours=(gone, viewing.an_order(2, status=OrderStatus.OPEN)))
    grid = replace(a_grid(1), orders={one.client_id: one for one in view.ours})

    assert plain(texts.orders("en", view, Mode.DEMO)).startswith("1 open order, 1 unclear")
    assert grid.known_live == 1


def test_fills_are_listed_by_day_with_their_trade_numbers() -> None:
    said = plain(texts.fill_list("en", viewing.some_fills(2), Mode.DEMO)).splitlines()

    assert said[0] == "The last 2 of 2 fills"
    assert said[1] == "2026-02-06"
    assert said[2] == "18:00 sold 0.0199 ETH at 2,530.40 · by Backpack (ADL <x>) · #2959284"
    assert said[3] == "18:00 sold 0.0199 ETH at 2,530.40 · grid 3, level 7 · +0.118 USDC · #2959284"


def test_the_limits_show_where_the_grid_stands_against_them() -> None:
    said = plain(texts.risk("en", a_summary(), {GridId(1): a_grid(1)}, viewing.together()))

    assert "Daily loss limit 200.00 USDC · today +1.84 USDC" in said
    assert "Maximum loss 5.00 % = 7.64 USDC · total now −3.20" in said
    assert "Maximum position 1,000.00 USDC at cost · now 0.00" in said
