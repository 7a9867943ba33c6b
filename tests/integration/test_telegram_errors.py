"""The local Bot API refuses what Telegram refuses, in the words that Telegram uses."""

import json
from typing import Any

import pytest

from tests.integration.telegram_world import TOKEN, Telegram, a_picture

TEXT: dict[str, Any] = {"chat_id": 4242, "text": "x"}


def keys(*row: dict[str, Any]) -> dict[str, Any]:
    return TEXT | {"reply_markup": {"inline_keyboard": [list(row)]}}


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("helpMe", {}, 404, "Not Found: method not found"),
    ("logOut", {}, 404, "Not Found: method not found"),
    ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
    ("sendMessage", {"text": "x", "chat_id": "abc"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": 4242}, 400, "Bad Request: message text is empty"),
    ("sendMessage", TEXT | {"text": " \n "}, 400, "Bad Request: text must be non-empty"),
    ("sendMessage", TEXT | {"text": "x" * 4097}, 400, "Bad Request: message is too long"),
    ("sendMessage", TEXT | {"text": "涨" * 11_000}, 400, "Bad Request: text is too long"),
    ("sendMessage", TEXT | {"parse_mode": "Markdown"}, 400, "Bad Request: unsupported parse_mode"),
    (
        "sendMessage",
        TEXT | {"text": "a < b", "parse_mode": "HTML"},
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2',
    ),
    (
        "sendMessage",
        TEXT | {"reply_parameters": {"message_id": 9}},
        400,
        "Bad Request: message to be replied not found",
    ),
    ("sendMessage", keys({"text": "a", "callback_data": "涨" * 22}), 400, "Bad Request: BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        keys({"text": "a"}),
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ("sendMessage", keys(*[{"text": "a", "callback_data": "b"}] * 9), 400, "Bad Request: reply markup is too long"),
    ("editMessageText", TEXT, 400, "Bad Request: message identifier is not specified"),
    ("editMessageText", TEXT | {"message_id": 5}, 400, "Bad Request: message to edit not found"),
    ("deleteMessage", {"chat_id": 4242, "message_id": 5}, 400, "Bad Request: message to delete not found"),
    ("pinChatMessage", {"chat_id": 4242, "message_id": 5}, 400, "Bad Request: message to pin not found"),
    ("sendPhoto", {"chat_id": 4242}, 400, "Bad Request: there is no photo in the request"),
    (
        "sendPhoto",
        {"chat_id": 4242, "photo": "x", "caption": "x" * 1025},
        400,
        "Bad Request: message caption is too long",
    ),
    (
        "sendMessage",
        keys({"text": "a", "copy_text": "x"}),
        400,
        'Bad Request: can\'t parse inline keyboard button: Field "copy_text" must be of type Object',
    ),
    (
        "sendMessage",
        keys({"text": "a", "copy_text": {}}),
        400,
        "Bad Request: can't parse inline keyboard button: Can't find field \"text\"",
    ),
    (
        "sendMessage",
        keys({"text": "a", "copy_text": {"text": "x" * 257}}),
        400,
        "Bad Request: BUTTON_COPY_TEXT_INVALID",
    ),
    ("sendChatAction", {"chat_id": 4242, "action": "dance"}, 400, "Bad Request: wrong parameter action in request"),
    ("getFile", {"file_id": "AgAC-9-y"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, 400, "Bad Request: MESSAGE_TOO_LONG"),
    ("setMyCommands", {"commands": [{"command": "A b", "description": "x"}]}, 400, "Bad Request: BOT_COMMAND_INVALID"),
    (
        "setMyCommands",
        {"commands": [{"command": "a", "description": " "}]},
        400,
        "Bad Request: command description must be non-empty",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "a", "description": "x" * 257}]},
        400,
        "Bad Request: command description length must not exceed 256",
    ),
    ("getMyCommands", {"language_code": "zh-hans"}, 400, "Bad Request: invalid language code specified"),
    ("setWebhook", {"url": "http://a.b"}, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
    (
        "setWebhook",
        {"url": "https://a.b:8081"},
        400,
        "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    (
        "setWebhook",
        {"url": "https://a.b", "secret_token": "a b"},
        400,
        "Bad Request: secret token contains unallowed characters",
    ),
]


@pytest.mark.parametrize(("method", "params", "code", "description"), REFUSED)
async def test_a_wrong_call_gets_telegrams_words(
    method: str, params: dict[str, Any], code: int, description: str
) -> None:
    world = Telegram()
    await world.says("hi")

    answer = await world.raw(method, **params)

    assert answer.json() == {"ok": False, "error_code": code, "description": description}
    assert answer.status_code == code


@pytest.mark.parametrize("token", ["123456", "0123:abc", "abc:def", "123456:"])
async def test_a_token_of_the_wrong_shape_is_unauthorized(token: str) -> None:
    answer = await Telegram().raw("getMe", token=token)

    assert answer.json()["description"] == "Unauthorized: invalid token specified"


async def test_an_edit_that_changes_nothing_is_refused() -> None:
    world = Telegram()
    await world.says("hi")
    sent = (await world.raw("sendMessage", **TEXT, parse_mode="HTML")).json()["result"]["message_id"]

    answer = await world.raw("editMessageText", **TEXT, message_id=sent)

    assert answer.json()["description"].startswith(
        "Bad Request: message is not modified: specified new message content"
    )


async def test_other_peoples_messages_and_pictures_without_text_cannot_be_edited() -> None:
    world = Telegram()
    said = await world.says("hi")
    form = {"chat_id": "4242"}
    picture = await world.http.post(f"/bot{TOKEN}/sendPhoto", data=form, files={"photo": ("a.png", a_picture())})
    sent = picture.json()["result"]["message_id"]
    broken = await world.http.post(f"/bot{TOKEN}/sendPhoto", data=form, files={"photo": ("a.png", b"no image")})

    foreign = await world.raw("editMessageText", **TEXT, message_id=said["message_id"])
    no_text = await world.raw("editMessageText", **TEXT, message_id=sent)

    assert broken.json()["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    assert foreign.json()["description"] == "Bad Request: message can't be edited"
    assert no_text.json()["description"] == "Bad Request: there is no text in the message to edit"


async def test_a_message_older_than_two_days_cannot_be_deleted() -> None:
    world = Telegram()
    said = await world.says("hi")
    world.clock.seconds += 48 * 3600 + 1

    answer = await world.raw("deleteMessage", chat_id=4242, message_id=said["message_id"])

    assert answer.json()["description"] == "Bad Request: message can't be deleted for everyone"


async def test_a_press_is_answered_once_and_in_time() -> None:
    world = Telegram()
    await world.says("hi")
    await world.raw("sendMessage", **keys({"text": "Go", "callback_data": "go"}))
    first = (await world.sim("click", label="Go"))["callback_query_id"]
    second = (await world.sim("click", label="Go"))["callback_query_id"]

    assert (await world.raw("answerCallbackQuery", callback_query_id=first)).json()["result"] is True
    assert (await world.raw("answerCallbackQuery", callback_query_id=first)).status_code == 400
    world.clock.seconds += 151
    assert (await world.raw("answerCallbackQuery", callback_query_id=second)).status_code == 400


async def test_parameters_may_come_in_the_query_in_a_form_or_as_json_under_any_case() -> None:
    world = Telegram()
    await world.says("hi")
    markup = json.dumps({"inline_keyboard": [[{"text": "a", "url": "https://x.y"}]]})

    by_query = await world.http.get(f"/bot{TOKEN}/SENDMESSAGE", params=TEXT)
    by_form = await world.http.post(f"/bot{TOKEN}/sendmessage?chat_id=4242", data={"text": "y", "reply_markup": markup})
    nothing = await world.http.get(f"/bot{TOKEN}")

    assert by_query.json()["result"]["text"] == "x"
    assert by_form.json()["result"]["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://x.y"
    assert nothing.json() == {"ok": False, "error_code": 404, "description": "Not Found"}
