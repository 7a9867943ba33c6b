"""/audit and auto-lend in the chat: one message for the progress and the verdict, and buttons that do what they say."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.owner.views import Cause, Part, Unreadable
from bot.telegram.answers.audits import STEP
from strategy.messages.notices import AutoLendFound
from strategy.model.market import Balance
from tests.builders import USDC
from tests.integration.chat_world import World
from tests.unit.auditing import BALANCED, differing

UNEXPLAINED = differing(Part(cause=Cause.UNEXPLAINED, amount=Decimal(5), count=0))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_the_verdict_stands_in_the_message_that_showed_the_progress(world: World) -> None:
    world.trader.audited, world.trader.audit_gate = BALANCED, asyncio.Event()
    await world.says("/audit")
    await world.until_written("Audit:")
    world.trader.audit_gate.set()

    await world.until_written("The books balance.")

    assert len(await world.written()) == 1
    assert await world.labels() == ["Refresh", "Balance"]


async def test_refresh_proves_the_books_anew_in_the_same_message(world: World) -> None:
    world.trader.audited = BALANCED
    await world.says("/audit")
    await world.until_written("The books balance.")
    world.trader.audited = Unreadable(text="System <upgrade>")

    await world.clicks("Refresh")

    assert "System <upgrade>" in await world.until_written("The audit is not finished")
    assert len(await world.written()) == 1


async def test_a_second_audit_waits_for_the_first_and_everything_else_is_answered(world: World) -> None:
    world.trader.audited, world.trader.audit_gate = BALANCED, asyncio.Event()
    await world.says("/audit")

    assert "under way" in (await world.says("/audit"))[0]
    assert await world.says("/status")

    world.trader.audit_gate.set()
    await world.until_written("The books balance.")


async def test_without_a_ledger_there_is_nothing_to_audit(world: World) -> None:
    await world.says("/audit")

    assert "/status" in await world.until_written("There is no ledger yet")


async def test_a_difference_that_nothing_explains_is_booked_by_a_button_with_the_amounts_that_were_read(
    world: World,
) -> None:
    await shown_a_difference(world, "5")
    assert await world.labels() == ["Book the difference", "Refresh", "Balance"]
    assert "writes +5 USDC into the books" in (await world.written())[-1]

    said = await world.clicks("Book the difference")

    assert said[0].startswith("Booked: +5 USDC.")
    assert world.trader.asked[-1] == f"book {UNEXPLAINED.bookable}"
    assert world.trader.account().expected[USDC] == 1_005
    assert "Difference booked: +5 USDC." in await world.until_written("Difference booked")


async def test_a_difference_that_is_another_by_now_is_refused_and_the_button_is_used_up(world: World) -> None:
    await shown_a_difference(world, "4")

    said = await world.clicks("Book the difference")

    assert said[0].startswith("Not booked: the difference is no longer the one that the audit showed.")
    assert not world.trader.asked
    assert "Book the difference" not in await world.labels()


async def test_nothing_is_booked_where_the_exchange_can_not_be_read(world: World) -> None:
    await shown_a_difference(world, "5")
    world.trader.unread = Unreadable(text="System <upgrade>")

    said = await world.clicks("Book the difference")

    assert said[0].startswith("Not booked: Backpack could not be read.")
    assert world.trader.account().expected[USDC] == 1_000


async def test_an_offer_that_was_left_lying_is_not_taken_up(world: World) -> None:
    await shown_a_difference(world, "5")
    world.telegram.clock.seconds += 601

    await world.clicks("Book the difference")

    assert not world.trader.asked


async def shown_a_difference(world: World, real: str) -> None:
    """The audit shows 5 USDC that nothing explains; the exchange has `real` more than the books."""
    world.trader.set(balances={USDC: Balance(available=Decimal(1_000) + Decimal(real))})
    world.trader.audited = UNEXPLAINED
    await world.says("/audit")
    await world.until_written("without an explanation")


def test_progress_is_edited_seldom_enough_for_telegram() -> None:
    assert STEP >= 1_050


async def test_auto_lend_is_told_with_both_choices_and_switched_off_by_the_button(world: World) -> None:
    await told_of_auto_lend(world)
    assert await world.labels() == ["Let grids use it", "Switch off", "Leave it"]

    said = await world.clicks("Switch off")

    assert world.trader.asked == ["lending off"]
    assert "Auto-lend is off" in said[0]


async def test_auto_lend_can_be_left_and_a_choice_is_made_once(world: World) -> None:
    await told_of_auto_lend(world)

    assert "as it is" in (await world.clicks("Leave it"))[0]
    assert world.trader.asked == ["lending left"]
    left = [one["label"] for message in await world.messages() for row in message["buttons"] for one in row]
    assert [one for one in left if "Leave it" in one or "Switch off" in one] == ["Pressed: Leave it · 14:13"]


async def test_balance_offers_what_can_be_done_about_what_is_lent_and_to_the_owner_alone(world: World) -> None:
    await world.says("/balance")
    assert "Let grids use it" not in await world.labels()
    account = world.trader.account()
    lent = replace(account.balances[USDC], lent=Decimal(5))
    world.trader.set(balances={**account.balances, USDC: lent})

    await world.says("/balance")
    assert (await world.labels())[:2] == ["Let grids use it", "Switch off"]
    await world.clicks("Switch off")
    assert world.trader.asked[-1] == "lending off"


async def test_the_grids_are_let_use_what_is_lent_by_the_button_and_by_the_command(world: World) -> None:
    await told_of_auto_lend(world)

    said = await world.clicks("Let grids use it")

    assert world.trader.asked == ["lent True", "lending left"]
    assert "The grids use what is lent" in said[0]
    assert "doesn't count as free any more" in (await world.says("/balance lent=no"))[0]
    assert world.trader.asked[-1] == "lent False"


async def test_a_change_that_the_exchange_does_not_take_is_said_so(world: World) -> None:
    world.trader.lending_fails = Unreadable(text="Forbidden")
    await told_of_auto_lend(world)

    assert "Forbidden" in (await world.clicks("Switch off"))[0]


async def told_of_auto_lend(world: World) -> None:
    await world.says("/help")
    world.trader.tell(AutoLendFound(at=world.time.now()))
    await world.until_written("Auto-lend is on")
