"""How much is pushed: the owner's choice, digests that count everything once, and a burst that stays a handful."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from bot.owner.views import Kind, Noise, Preset, Way
from bot.telegram.outbox import GAP, TRIPS_AN_HOUR
from strategy.messages.fees import FeesChanged
from strategy.messages.notices import FillTold, Notice, SeedsBought
from strategy.model.orders import GridId, Purpose
from strategy.model.stops import StopReason
from tests.integration.posting import Post
from tests.unit import telling
from tests.unit.telling import BOUGHT, DAILY, SOLD, a_limit, a_range, an_end

HOUR, MINUTE = 3_600_000, 60_000
TRIPS = Noise()
HOURLY = Noise().chosen(Preset.HOURLY)
STOP = a_limit(StopReason.STOP_LOSS, sell=True)


async def a_post(noise: Noise = TRIPS, *, limits: bool = False) -> Post:
    """A chat that has begun, at the beginning of an hour."""
    made = Post(noise, limits=limits)
    await made.telegram.raw("getMe")
    await made.telegram.says("/start")
    made.time.pass_by((HOUR - made.now() % HOUR) / 1000)
    return made


def numbered(fill: FillTold, number: int, grid: int = 3) -> FillTold:
    return replace(fill, trade=f"ETH_USDC:{number}", grid_id=GridId(grid))


def fills_of(texts: Sequence[str]) -> int:
    """How many fills these messages tell of, by their headlines."""
    return sum(int(found[1]) if (found := re.search(r"(\d+) fills?", text)) else "#" in text for text in texts)


async def pass_by(post: Post, milliseconds: int, *, step: float = 20) -> None:
    ends = post.now() + milliseconds
    await post.until(lambda: post.now() >= ends, step=step)


async def test_round_trips_are_told_at_once_and_other_fills_are_counted_when_the_hour_is_over() -> None:
    post = await a_post()
    async with post.running():
        post.tell(BOUGHT, numbered(BOUGHT, 7), SOLD)
        await pass_by(post, 10_000, step=1)
        [told] = await post.messages()
        assert "#2959284" in told["text"]
        assert told["silent"] is False

        await pass_by(post, HOUR + MINUTE)

    [_, digest] = await post.messages()
    assert digest["silent"] is True
    assert digest["text"].splitlines()[:2] == [
        "🔵 2 fills · grid 3, 15:00–16:00",
        "grid 3, 15:00–16:00: 2 fills, price 2,510.10",
    ]
    assert post.store.digests() == []


async def test_the_first_round_trip_is_told_at_once_also_after_the_first_coins_were() -> None:
    post = await a_post()
    bought = SeedsBought(
        at=SOLD.at,
        grid_id=SOLD.grid_id,
        symbol=SOLD.symbol,
        base=SOLD.base,
        quote=SOLD.quote,
        coins=Decimal("0.02"),
        cost=Decimal(50),
    )
    async with post.running():
        post.tell(replace(numbered(BOUGHT, 7), purpose=Purpose.SEED, level=None, seeds=bought))
        await pass_by(post, 10_000, step=1)
        post.tell(SOLD)
        await pass_by(post, 10_000, step=1)
        assert ["#7" in text or "#2959284" in text for text in await post.written()] == [True, True]


async def test_a_digest_tells_each_grid_and_their_sum_and_how_the_price_went() -> None:
    post = await a_post(HOURLY)
    later = replace(SOLD.standing, price=Decimal("2490.0192"))
    told: list[Notice] = [numbered(SOLD, 1), numbered(BOUGHT, 2), replace(numbered(SOLD, 3), standing=later)]
    told += [numbered(SOLD, 4, grid=5), next(one for one in telling.notices() if isinstance(one, FeesChanged))]
    async with post.running():
        post.tell(*told)
        await pass_by(post, HOUR + MINUTE)

    *_, text = await post.written()
    lines = text.splitlines()
    assert lines[0] == "🟢 +0.355 USDC · 4 fills, 3 round trips · 15:00–16:00"
    assert lines[1] == "grid 3, 15:00–16:00: 3 fills, 2 trips, +0.237 USDC, price 2,490.0192 (−0.80 %)"
    assert lines[2] == "grid 5, 15:00–16:00: 1 fill, 1 trip, +0.118 USDC, price 2,510.10"
    assert lines[3].startswith("Your fees are now ")
    assert "/fills shows each fill." in text


async def test_a_busy_grid_of_fifty_levels_stays_under_six_messages_an_hour() -> None:
    post, dice = await a_post(), Random(5)
    began, number = post.now(), 0
    async with post.running():
        while post.now() < began + 5 * HOUR:
            number += 1
            post.tell(numbered(dice.choice([SOLD, BOUGHT]), number))
            if number % 240 == 0:
                post.tell(a_range(dice.choice(["1790", "2010"])))
            await pass_by(post, dice.randrange(1_000, 60_000), step=5)
        await pass_by(post, HOUR + MINUTE)

    messages = await post.messages()
    times = [call["at"] for call in post.sends()]
    assert number > 400, "as busy as a market gets"
    assert max(sum(at <= other < at + HOUR for other in times) for at in times) <= 5
    fills = [one["text"] for one in messages if "range of grid" not in one["text"]]
    assert fills_of(fills) == number


@pytest.mark.parametrize("seed", range(6))
async def test_a_process_that_dies_at_any_moment_counts_every_fill_once(seed: int) -> None:
    """What was sent and could not be marked is sent again as it was: a fill is in one digest, and in no other."""
    post, dice, number = await a_post(HOURLY), Random(seed), 0
    for _ in range(12):
        async with post.running():
            for _ in range(dice.randrange(6)):
                if dice.random() < 0.3:
                    fault = dice.choice(["disconnect", "drop_before"])
                    await post.telegram.sim("fault", method="sendMessage", mode=fault)
                for _ in range(dice.randrange(4)):
                    number += 1
                    post.tell(numbered(dice.choice([SOLD, BOUGHT]), number, grid=dice.randrange(1, 4)))
                await pass_by(post, dice.randrange(1, 40 * MINUTE), step=dice.choice([5, 20, 60]))
                if dice.random() < 0.3:
                    break  # it dies here, perhaps between the sending and the mark
    post.telegram.server.faults.clear()
    async with post.running():
        await pass_by(post, 2 * HOUR)

    spans: dict[str, str] = {}
    for text in await post.written():
        span = re.search(r"\d\d:00–\d\d:00", text)
        assert span is not None
        assert spans.setdefault(f"{span[0]}", text) == text, "the same hour, told otherwise"
    assert fills_of(list(spans.values())) == number
    assert post.store.digests() == []


async def test_a_digest_that_was_closed_is_told_as_it_was_whatever_came_meanwhile() -> None:
    post = await a_post(HOURLY)
    async with post.running():
        post.tell(numbered(SOLD, 1))
        await pass_by(post, MINUTE)
        await post.telegram.sim("fault", method="sendMessage", mode="disconnect", times=1)
        await post.until(lambda: len(post.sends()) == 1, step=1)
        post.tell(numbered(SOLD, 2))
        await pass_by(post, 5 * MINUTE)

    first, again = await post.written()
    assert first == again
    assert fills_of([first]) == 1
    async with post.running():
        await pass_by(post, HOUR)
    assert fills_of((await post.written())[2:]) == 1


async def test_quiet_hours_hold_everything_but_danger_and_tell_it_in_the_morning() -> None:
    post = await a_post(replace(TRIPS, quiet=(15 * 60, 18 * 60)))
    async with post.running():
        post.tell(numbered(SOLD, 1), numbered(BOUGHT, 2), a_range("1790"))
        await pass_by(post, HOUR)
        assert await post.written() == []
        post.tell(STOP, numbered(SOLD, 3))
        await pass_by(post, MINUTE)
        [danger] = await post.messages()
        assert "Stop loss reached" in danger["text"]
        assert danger["silent"] is False
        post.tell(an_end(StopReason.OWNER, sold=True, coins=Decimal(0)))
        await pass_by(post, MINUTE)
        assert (await post.messages())[-1]["silent"] is True, "what was just asked for is answered, without a sound"
        await pass_by(post, 2 * HOUR)

    *_, left, digest = await post.written()
    assert "fell out of the range" in left
    assert "3 fills, 2 round trips · grid 3, 15:00–17:00" in digest


async def test_quiet_hours_may_begin_before_midnight() -> None:
    noise = Noise(quiet=(23 * 60, 7 * 60))

    assert [noise.is_quiet(hour * 60) for hour in (22, 23, 0, 6, 7, 12)] == [False, True, True, True, False, False]
    assert (noise.quiet_left(23 * 60), noise.quiet_left(6 * 60 + 59), noise.quiet_left(7 * 60)) == (480, 1, 0)
    assert not Noise().is_quiet(0)


async def test_what_is_off_is_told_by_nothing_of_its_own_and_counted_where_a_digest_is_sent() -> None:
    off = Noise().chosen(Preset.DANGER)
    post = await a_post(off)
    async with post.running():
        post.tell(numbered(SOLD, 1), a_range("1790"), an_end(StopReason.END_DATE, sold=True, coins=Decimal(0)))
        await pass_by(post, HOUR + MINUTE)
        assert await post.written() == []
        assert (post.store.unsent(9), post.store.digests()) == ([], [])

        post.choose(off.with_way(Kind.FILL, Way.DIGEST))
        post.tell(numbered(SOLD, 2), numbered(BOUGHT, 3), a_range("1790"))
        await pass_by(post, HOUR)

    [digest] = await post.written()
    assert digest.startswith("🟢 +0.118 USDC · 2 fills, 1 round trip · grid 3, 16:00–17:00")
    assert "and 1 message of kinds that are off" in digest


async def test_a_kind_may_be_silent_and_danger_never_is() -> None:
    silent = Noise().chosen(Preset.DANGER).with_way(Kind.RANGE, Way.SILENT)
    post = await a_post(silent)
    async with post.running():
        post.tell(a_range("1790"), STOP)
        await pass_by(post, MINUTE)

    danger, left = await post.messages()
    assert (danger["silent"], left["silent"]) == (False, True)
    assert "Stop loss" in danger["text"]


@pytest.mark.parametrize(("noise", "most"), [(TRIPS, 6), (Noise().chosen(Preset.FILLS), 10), (HOURLY, 4)])
async def test_five_hundred_fills_in_ten_seconds_with_a_stop_between_are_a_handful_of_messages(
    noise: Noise, most: int
) -> None:
    """At the real limits of the Bot API: the stop first, nothing refused, every fill accounted for."""
    post = await a_post(noise, limits=True)
    fills = [numbered([SOLD, BOUGHT][number % 2], 1_000 + number) for number in range(500)]
    async with post.running():
        stop_at = post.now()
        for at in range(0, 500, 5):
            post.tell(*fills[at : at + 5])
            if at == 250:
                stop_at = post.now()
                post.tell(STOP, an_end(StopReason.STOP_LOSS, sold=True, coins=Decimal(0)), DAILY)
            await pass_by(post, 100, step=0.05)
        await pass_by(post, 2 * HOUR)

    calls, said = post.sends(), await post.written()
    assert {call["code"] for call in calls} == {200}, "no 429"
    assert all(later["at"] - earlier["at"] >= GAP for earlier, later in pairwise(calls))
    assert len(said) - 3 <= most, said
    after = [text for text, call in zip(said, calls, strict=True) if call["at"] >= stop_at - 5]
    assert "Stop loss reached" in after[0], after
    assert "Daily loss limit reached" in after[1], after
    assert fills_of([text for text in said if "fill" in text or "#" in text]) == 500
    named = Counter(re.findall(r"#(\d{4})", " ".join(said)))
    assert set(named.values()) <= {1}, "no trade is told twice"


def test_the_pace_of_round_trips_leaves_room_for_other_news() -> None:
    assert TRIPS_AN_HOUR + 1 <= 4, "and a digest"
