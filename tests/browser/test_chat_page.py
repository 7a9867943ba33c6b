"""The chat page in a real browser: what the bot sends is seen, buttons are pressed, edits and answers appear."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup

from bot.demo.telegram.server import TelegramServer, create_app
from tests.browser.browser import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from tests.integration.telegram_world import TOKEN, on_a_port

pytestmark = NEEDS_CHROMIUM


@asynccontextmanager
async def a_chat(*, width: int, colours: str) -> AsyncIterator[tuple[Bot, Page]]:
    """The server on a port, a bot, and the page of a phone or a desktop open on it."""
    telegram = TelegramServer()
    async with (
        on_a_port(create_app(telegram)) as address,
        Bot(TOKEN, base_url=f"{address}/bot") as bot,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS) as browser,
    ):
        page, errors = await _opened(browser, address, width, colours)
        try:
            yield bot, page
            assert errors == [], "nothing fails in the page, and its policy stands in the way of nothing"
        finally:
            telegram.close()


async def _opened(browser: Browser, address: str, width: int, colours: str) -> tuple[Page, list[str]]:
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if colours == "dark" else "light",
        locale="en-GB",
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(address)
    return page, errors


async def heard(bot: Bot) -> str | None:
    """What the person just said to the bot."""
    update = (await bot.get_updates(timeout=10))[-1]
    await bot.get_updates(offset=update.update_id + 1, timeout=0)
    return update.message.text if update.message else None


@pytest.mark.parametrize(("width", "colours"), [(390, "light"), (1280, "dark")])
async def test_a_person_starts_the_bot_presses_a_button_and_sees_the_edit(width: int, colours: str) -> None:
    async with a_chat(width=width, colours=colours) as (bot, page):
        await page.get_by_role("button", name="Start").click()
        assert await heard(bot) == "/start"

        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Start the grid", callback_data="go")]])
        sent = await bot.send_message(
            4242, "<b>Preview</b> &lt;img src=x onerror=alert(1)&gt;", parse_mode="HTML", reply_markup=keyboard
        )
        bubble = page.locator(f'[data-id="{sent.message_id}"]')
        await expect(bubble.locator("b")).to_have_text("Preview")
        await expect(bubble.locator("img")).to_have_count(0)

        await page.get_by_role("button", name="Start the grid").click()
        (update,) = await bot.get_updates(timeout=10)
        assert update.callback_query
        await bot.answer_callback_query(update.callback_query.id, "Started")
        await bot.edit_message_text("Running", 4242, sent.message_id)
        await expect(page.locator("#toast")).to_have_text("Started")
        await expect(bubble).to_contain_text("Running")
        await expect(bubble).to_contain_text("edited")
        await expect(bubble.get_by_role("button")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_link_that_carries_a_code_sends_it_at_the_press_of_start() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await page.goto(f"{page.url}?start=one-time_c0de")
        await page.get_by_role("button", name="Start").click()

        assert await heard(bot) == "/start one-time_c0de"


async def test_typing_a_slash_offers_the_bots_commands() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await bot.set_my_commands([BotCommand("status", "state of every grid"), BotCommand("stop", "stop a grid")])
        await page.get_by_label("Message", exact=True).fill("/sta")
        await expect(page.get_by_role("option")).to_have_text(["/statusstate of every grid"])
        await page.keyboard.press("Enter")

        assert await heard(bot) == "/status"
        await expect(page.locator(".user .command")).to_have_text("/status")
        await expect(page.locator("#market")).to_be_hidden()
