"""Making a grid in the chat: one line or one question at a time, a preview, and buttons that work once."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from strategy.model.orders import GridId
from strategy.model.spec import Spacing
from tests.integration.chat_world import LINE, World, a_grid
from tests.integration.small_trader import SOL_USDC

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_one_line_is_shown_with_a_picture_before_anything_starts(world: World) -> None:
    said = await world.says(LINE)

    assert len(said) == 1
    assert "152.68 USDC set aside · ETH_USDC, 3 levels" in said[0]
    assert (await world.labels())[:2] == ["Start", "Cancel"]
    assert (await world.messages())[-2]["photo"]
    assert world.trader.asked == []


async def test_start_starts_exactly_what_was_shown(world: World) -> None:
    await world.says("/grid eth-usdc interval=40 grids=3 usdc=50 out=0.5% stop=2000 maxloss=off sell=yes")

    await world.clicks("Start")
    await world.until_written("Grid 1 is open on ETH_USDC")

    assert sum("Grid 1" in one["text"] for one in await world.messages()) == 1, "one thing, one message"
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.interval, spec.grids, spec.quote_per_order, spec.out_want) == (D(40), 3, D(50), D("0.005"))
    assert (spec.stop_loss, spec.max_loss, spec.sell_on_limit) == (D(2000), None, True)


async def test_a_preview_that_the_price_has_left_behind_starts_nothing_and_is_shown_afresh(world: World) -> None:
    await world.says(LINE)
    world.trader.set_price("2600")
    await world.clicks("Start")
    assert "no longer holds" in (await world.messages())[-3]["text"]
    assert not world.trader.account().grids

    await world.clicks("Start")
    assert list(world.trader.account().grids) == [GridId(1)]


async def test_what_is_not_said_is_proposed(world: World) -> None:
    await world.says("/grid ETH_USDC spacing=geometric grids=10 total=500")
    await world.clicks("Start")

    spec = world.trader.account().grids[GridId(1)].spec
    assert spec.spacing is Spacing.GEOMETRIC
    assert spec.lower is not None
    assert spec.upper is not None
    assert spec.lower < D("2510.1") < spec.upper


async def test_a_double_tap_starts_one_grid(world: World) -> None:
    await world.says(LINE)
    start = (await world.messages())[-1]["message_id"]

    await asyncio.gather(*(world.telegram.sim("click", label="Start", message_id=start) for _ in range(3)))
    await world.until(lambda: len(world.notebook.commands) == 4)

    assert world.trader.asked == ["start ETH_USDC"]
    told = [one["text"] for one in (await world.telegram.chat())["answers"]]
    assert told == ["", *["Already pressed: what came of it is below."] * 2], "and nobody is sent to open another one"
    outcomes = sorted(outcome for _, outcome in world.notebook.commands)
    assert outcomes == ["done", "done", "too old", "too old"]
    shown = [one for one in await world.messages() if one["message_id"] == start]
    (row,) = shown[0]["buttons"]
    assert [one["label"] for one in row] == ["Pressed: Start · 14:13"], "in place of the buttons: which one, and when"
    await world.clicks("Pressed: Start · 14:13", message_id=start)
    assert sorted(outcome for _, outcome in world.notebook.commands)[:2] == ["done", "done"], "pressing it does nothing"
    assert len(world.trader.asked) == 1


async def test_cancel_uses_up_start(world: World) -> None:
    await world.says(LINE)
    start = (await world.messages())[-1]["buttons"][0][0]["data"]
    await world.clicks("Cancel")
    assert world.notebook.use_button(start[1:], user=4242, chat=4242, at=world.time.now()) is None
    assert world.trader.asked == []


async def test_a_preview_is_good_for_ten_minutes(world: World) -> None:
    await world.says(LINE)
    world.telegram.clock.seconds += 601

    await world.clicks("Start")

    assert world.trader.asked == []
    assert "too old" in (await world.telegram.chat())["answers"][-1]["text"]


async def test_a_start_that_can_no_longer_be_says_why(world: World) -> None:
    await world.says("/grid ETH_USDC spacing=arithmetic lower=2400 upper=2600 grids=4 usdc=50")
    world.trader.set_price("3000")

    said = await world.clicks("Start")

    assert world.trader.asked == []
    assert "Not started" in said[0]
    assert "2,400" in said[1]
    assert (await world.labels())[0] == "Wait for the price"


async def test_a_start_after_a_restart_still_works() -> None:
    world = World()
    async with world.running():
        await world.says(LINE)
    async with world.running():
        await world.clicks("Start")

    assert world.trader.asked == ["start ETH_USDC"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/grid ETH_USD interval=40", "ETH_USDC"),
        ("/grid interval=40", "market"),
        ("/grid ETH_USDC interval=1e9", "interval"),
        ("/grid ETH_USDC interval=NaN", "interval"),
        ("/grid ETH_USDC interval=0", "interval"),
        ("/grid ETH_USDC interval=-40", "interval"),
        ("/grid ETH_USDC out=0,4%", "out=0.4%"),
        ("/grid ETH_USDC usdc=1,000", "1000"),
        ("/grid ETH_USDC interval=40 interval=41", "interval"),
        ("/grid ETH_USDC lower=2400", "upper"),
        ("/grid ETH_USDC leverage=20", "leverage"),
        ("/grid ETH_USDC interval", "interval"),
        ("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.05%", "out=0.27%"),
        ("/grid ETH_USDC usdc=5000", "1,000"),
        ("/grid ETH_USDC usdc=1", "usdc"),
    ],
)
async def test_bad_input_gets_one_message_that_names_the_field(world: World, line: str, part: str) -> None:
    said = await world.says(line)

    assert len(said) == 1
    assert part in said[0]
    assert world.notebook.commands[-1][1] == "refused"
    assert "Start" not in await world.labels()


async def test_what_would_mend_a_wish_is_a_button(world: World) -> None:
    await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.05%")
    assert await world.labels() == ["Use 0.40 %", "Change it"]

    await world.clicks("Use 0.40 %")
    assert (await world.labels())[:2] == ["Start", "Cancel"]
    await world.clicks("Start")

    assert world.trader.account().grids[GridId(1)].spec.out_want == D("0.004")


async def test_one_figure_is_changed_by_answering_for_it_alone(world: World) -> None:
    await world.says("/grid ETH_USDC interval=40 grids=4 usdc=60 out=0.05% stop=2000")

    assert "profit" in (await world.clicks("Change it"))[0]
    await world.says("0.6%")
    await world.clicks("Start")

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.out_want, spec.grids, spec.quote_per_order, spec.stop_loss) == (D("0.006"), 4, D(60), D(2000))


async def test_a_market_that_was_mistyped_is_put_right_by_a_button(world: World) -> None:
    await world.says("/grid ETH_USD interval=50 grids=3 usdc=50")
    assert (await world.labels())[0] == "Use ETH_USDC"

    await world.clicks("Use ETH_USDC")
    await world.clicks("Start")

    assert world.trader.account().grids[GridId(1)].spec.interval == D(50)


async def test_alone_it_asks_one_question_at_a_time(world: World) -> None:
    assert "Which market" in (await world.says("/grid"))[0]
    assert await world.labels() == ["ETH_USDC", str(SOL_USDC), "Propose three", "Cancel"]
    assert "how shall the grid" in (await world.clicks("ETH_USDC"))[-1]
    assert await world.labels() == ["Propose three", "Careful grid", "Type figures", "Cancel"]
    assert "spaced" in (await world.clicks("Type figures"))[-1]
    assert "2,510.20" in (await world.clicks("Interval, around the price"))[-1]
    await world.clicks("Use 40 USDC")
    await world.says("4")
    assert "not a plain number" in (await world.says("lots"))[0]
    await world.says("0.5％")
    await world.clicks("Use 50 USDC")
    await world.says("2000")

    assert (await world.labels())[:2] == ["Start", "Cancel"]
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.interval, spec.grids, spec.out_want, spec.stop_loss) == (D(40), 4, D("0.005"), D(2000))


async def test_the_rest_can_be_left_to_the_proposals(world: World) -> None:
    await world.says("/grid")
    await world.says("eth_usdc")
    await world.clicks("Type figures")
    await world.clicks("Geometric, equal per cents")
    await world.says("2300")
    await world.clicks("Rest as proposed")
    await world.clicks("Start")

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.spacing, spec.lower, spec.grids) == (Spacing.GEOMETRIC, D(2300), 3)


async def test_an_answer_survives_a_restart() -> None:
    world = World()
    async with world.running():
        await world.says("/grid")
        await world.clicks("ETH_USDC")
    async with world.running():
        await world.clicks("Type figures")
    async with world.running():
        await world.clicks("Interval, around the price")
        await world.says("50")
        await world.clicks("Rest as proposed")
        await world.clicks("Start")

    assert world.trader.account().grids[GridId(1)].spec.interval == D(50)


async def test_a_question_can_be_left_and_is_forgotten_after_ten_minutes(world: World) -> None:
    await world.says("/grid")
    assert "Cancelled" in (await world.says("/cancel"))[0]
    assert "only understand commands" in (await world.says("ETH_USDC"))[0]

    await world.says("/grid")
    world.telegram.clock.seconds += 601
    assert "only understand commands" in (await world.says("ETH_USDC"))[0]


async def test_buttons_of_an_old_question_do_nothing(world: World) -> None:
    await world.says("/grid")
    old = (await world.messages())[-1]["message_id"]
    await world.says("/grid")

    await world.clicks("ETH_USDC", message_id=old)

    assert "question is over" in (await world.written())[-1]
    assert await world.labels() == ["New grid"]
    assert "how shall the grid" in (await world.clicks("ETH_USDC"))[-1]


async def test_real_money_is_started_only_after_the_word_was_typed(world: World) -> None:
    world.trader.live_word_needed = True
    await world.says(LINE)
    assert "LIVE" in (await world.clicks("Start"))[0]
    assert "Not started" in (await world.says("live"))[0]
    assert world.trader.asked == []

    await world.says(LINE)
    await world.clicks("Start")
    await world.says("LIVE")
    assert world.trader.asked == ["start ETH_USDC"]

    await world.says(LINE)
    await world.clicks("Start")
    assert world.trader.asked == ["start ETH_USDC"] * 2, "the word is asked for once"


async def test_a_fault_in_the_picture_keeps_no_grid_from_being_offered(world: World) -> None:
    await world.telegram.sim("fault", method="sendPhoto", mode="error", error_code=400)

    await world.says(LINE)

    assert (await world.labels())[:2] == ["Start", "Cancel"]


async def test_a_grids_status_copies_the_line_that_opens_the_same_grid(world: World) -> None:
    number = await a_grid(world)
    await world.says(f"/status {number}")
    (line,) = [key["copy"] for row in (await world.messages())[-1]["buttons"] for key in row if "copy" in key]

    await world.says(line)
    await world.clicks("Start")
    await world.until(lambda: len(world.trader.account().grids) == 2)

    first, second = world.trader.account().grids.values()
    assert second.spec == first.spec
