"""The chat page in a real browser: what the bot sends is seen, buttons are pressed, edits and answers appear."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from telegram import Bot, BotCommand, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.demo.telegram.server import TelegramServer, create_app
from tests.browser.browser import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from tests.integration.telegram_world import TOKEN, a_picture, on_a_port

pytestmark = NEEDS_CHROMIUM


@asynccontextmanager
async def a_chat(
    *, width: int, colours: str, locale: str = "en-GB", zone: str = "UTC"
) -> AsyncIterator[tuple[Bot, Page]]:
    """The server on a port, a bot, and the page of a phone or a desktop open on it."""
    telegram = TelegramServer()
    async with (
        on_a_port(create_app(telegram)) as address,
        Bot(TOKEN, base_url=f"{address}/bot") as bot,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS) as browser,
    ):
        context = await browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if colours == "dark" else "light",
            locale=locale,
            timezone_id=zone,
        )
        page, errors = await _opened(context, address)
        try:
            yield bot, page
            assert errors == [], "nothing fails in the page, and its policy stands in the way of nothing"
        finally:
            telegram.close()


async def _opened(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
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


FEATURES = (
    "🟢 <b>+0.119 USDC</b> · sold 0.0258 ETH\n"
    "<blockquote expandable>first line\nsecond line\nthird line\nfourth line\nfifth line</blockquote>\n"
    'since <tg-time unix="1790000000" format="dt">2026-09-21 14:13</tg-time>'
)


async def test_what_is_folded_unfolds_by_a_key_and_stays_open_through_an_edit() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await page.get_by_role("button", name="Start").click()
        await heard(bot)
        sent = await bot.send_message(4242, FEATURES, parse_mode="HTML")
        quote = page.locator(f'[data-id="{sent.message_id}"] blockquote')
        tall = "(one) => one.scrollHeight > one.clientHeight + 4"
        await expect(quote).to_be_visible()
        assert await quote.evaluate(tall), "three lines are shown, and that there is more"

        await quote.get_by_role("button", name="Show all").focus()
        await page.keyboard.press("Enter")
        await expect(quote.get_by_role("button", name="Show less")).to_be_focused()
        assert not await quote.evaluate(tall)
        await bot.edit_message_text(FEATURES.replace("fifth", "last"), 4242, sent.message_id, parse_mode="HTML")
        await expect(quote).to_contain_text("last line")
        assert not await quote.evaluate(tall)


async def test_a_short_quote_has_nothing_to_unfold() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await page.get_by_role("button", name="Start").click()
        await heard(bot)
        await bot.send_message(4242, "<blockquote expandable>one\ntwo\nthree</blockquote>", parse_mode="HTML")

        await expect(page.locator("blockquote")).to_be_visible()
        await expect(page.locator("blockquote button")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [("en-GB", "UTC", "21/09/2026, 14:13"), ("zh-CN", "Asia/Shanghai", "2026/09/21 22:13")],
)
async def test_a_time_is_the_readers_own(locale: str, zone: str, shown: str) -> None:
    async with a_chat(width=390, colours="dark", locale=locale, zone=zone) as (bot, page):
        await page.locator("#big").click()
        await heard(bot)
        await bot.send_message(4242, FEATURES, parse_mode="HTML")

        await expect(page.locator(".date_time")).to_have_text(shown)
        await expect(page.locator(".bubble").last).not_to_contain_text("tg-time")


async def test_buttons_have_their_colours_and_one_copies() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.get_by_role("button", name="Start").click()
        await heard(bot)
        line = "/grid ETH_USDC lower=1830 upper=2100 grids=18"
        styled = [
            InlineKeyboardButton(style.title(), callback_data=style, api_kwargs={"style": style})
            for style in ("success", "danger", "primary")
        ]
        copies = InlineKeyboardButton("Again", copy_text=CopyTextButton(line))
        await bot.send_message(4242, "Choose", reply_markup=InlineKeyboardMarkup([styled, [copies]]))

        await page.get_by_role("button", name="Again").click()
        await expect(page.locator("#toast")).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == line
        paint = "(keys) => keys.map((one) => getComputedStyle(one).backgroundColor)"
        assert len(set(await page.locator(".key").evaluate_all(paint))) == 4, "three colours and a plain one"


async def test_a_picture_a_file_and_a_pinned_card_are_shown_as_such() -> None:
    async with a_chat(width=390, colours="light") as (bot, page):
        await page.get_by_role("button", name="Start").click()
        await heard(bot)
        photo = await bot.send_photo(4242, a_picture(), caption="<b>Grid 1</b>", parse_mode="HTML")
        await bot.send_document(4242, b"at,price\n1,2\n", filename="fills.csv")
        card = await bot.send_message(4242, "<b>Grid 1 · running</b>\nTotal +1.20 USDC", parse_mode="HTML")
        await bot.pin_chat_message(4242, card.message_id, disable_notification=True)

        picture = page.locator(f'[data-id="{photo.message_id}"] img')
        await expect(picture).to_be_visible()
        assert await picture.evaluate("(one) => one.complete && one.naturalWidth > 0")
        await expect(page.get_by_role("link", name="fills.csv")).to_be_visible()
        await expect(page.locator("#pinned")).to_contain_text("Grid 1 · running Total +1.20 USDC")
        await bot.edit_message_text("<b>Grid 1 · paused</b>", 4242, card.message_id, parse_mode="HTML")
        await expect(page.locator("#pinned")).to_contain_text("Grid 1 · paused")
        await picture.click()
        await expect(page.locator("#viewer img")).to_be_visible()
