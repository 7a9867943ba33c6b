"""A conversation of the transcripts as messages for the chat page, one after the other, as the owner met them.

What an edit replaced stays, and what is pressed and what happens stands between the messages.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.mode import Mode
from tests.builders import NOW
from tests.integration.chat_world import OWNER
from tests.transcripts.acts import (
    GUEST,
    AsksCodes,
    Code,
    Edit,
    Forward,
    Guest,
    Happens,
    Look,
    Market,
    Tap,
    There,
    Wait,
)
from tests.transcripts.phone import GROUP, Step

CODE = re.compile(r"(start[= ])[\w-]{16,}")
SHOWN_CODE = "Kq3vT0n8ZrYw2LbXc5MdPg"
"""What stands for a code, which is another one each time: a picture that is made anew changes where the chat did."""
LONG = 60
"""Seconds that pass, from which on it is said."""
LONG_TEXT = 150
"""Characters, beyond which a message that is known is cut short."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "pressed": "pressed: {}",
        "card": "the pinned card",
        "minutes": "{} min later",
        "market": "the price goes to {}",
        "edit": "the owner edits what he wrote",
        "forward": "forwarded from somebody else",
        "code": "the code of the authenticator app",
        "codes": "an authenticator app is set up",
        "live": "with real money",
        "opened": "a grid of 5 levels has been opened",
        "traded": "a grid of 5 levels has bought twice and sold once",
        "guest": "Ann's phone",
        "group": "in a group",
        "owner": "the owner's phone",
        "in the group": "in the group: {}",
        "you": "the owner",
        "stranger": "a stranger",
        Happens.STRANGERS: "another installation's orders are found",
        Happens.LEFT: "orders of a lost database are found",
        Happens.MISSING: "fills are missing in the exchange's history",
        Happens.LENT: "auto-lend is switched on at the exchange",
        Happens.AIRDROP: "5 USDC arrive, and no list says why",
        Happens.UNCONFIRMED: "nobody has confirmed real money here yet",
    },
    "zh": {
        "pressed": "按下：{}",
        "card": "置顶卡片",
        "minutes": "{} 分钟后",
        "market": "价格到 {}",
        "edit": "所有者修改了自己的消息",
        "forward": "转发的消息",
        "code": "验证器里的验证码",
        "codes": "已设置验证器",
        "live": "真实资金",
        "opened": "已开启一个 5 格网格",
        "traded": "5 格网格已买入两次、卖出一次",
        "guest": "Ann 的手机",
        "group": "在群里",
        "owner": "所有者的手机",
        "in the group": "群里：{}",
        "you": "所有者",
        "stranger": "陌生人",
        Happens.STRANGERS: "发现另一个安装的订单",
        Happens.LEFT: "发现丢失的数据库留下的订单",
        Happens.MISSING: "交易所历史里缺少成交",
        Happens.LENT: "交易所打开了自动出借",
        Happens.AIRDROP: "到账 5 USDC，没有记录说明来源",
        Happens.UNCONFIRMED: "这里还没有人确认过真实资金",
    },
}
"""What stands between the messages."""


class Reel:
    """Messages for the page; what stands between them are those that pin something, with words of ours."""

    def __init__(self, lang: str, *, previews: bool) -> None:
        """Whether the previews of grids are shown in full."""
        self.messages: list[dict[str, Any]] = []
        self._words = WORDS[lang]
        self._chat = OWNER
        self._previews = previews
        self._numbers: dict[tuple[int, int], int] = {}
        self._known: set[str] = set()

    def chip(self, word: str, *values: str) -> None:
        """A line between the messages."""
        self._put({"from": "bot", "pins": 0, "chip": self._words[word].format(*values), "date": NOW // 1000})

    def add(self, step: Step) -> None:
        """What has happened, and what came of it."""
        self._say(step)
        for chat, before, message in step.shown:
            if chat != self._chat:
                self._chat = chat
                self.chip({OWNER: "owner", GUEST: "guest"}.get(chat, "group"))
            if self._is_news(before, message) or isinstance(step.act, Look):
                self.show(chat, message)
        for toast in step.toasts:
            self._put({"from": "bot", "pins": 0, "chip": toast, "date": NOW // 1000})

    def _say(self, step: Step) -> None:  # noqa: C901 - one case a kind, nothing else
        match step.act:
            case Tap():
                self.chip("pressed", step.pressed)
            case There(what, user):
                self._whose(user)
                if isinstance(what, int):
                    self.chip("pressed", step.pressed)
            case Market(price):
                self.chip("market", f"{float(price):,.0f}")
            case Wait(seconds):
                if seconds >= LONG:
                    self.chip("minutes", str(seconds // 60))
            case Look():
                self.chip("card")
            case Happens():
                self.chip(step.act)
            case Edit():
                self.chip("edit")
            case Forward():
                self.chip("forward")
            case Code():
                self.chip("code")
            case str() | Guest() | Mode() | AsksCodes():
                pass

    def _whose(self, user: int) -> None:
        self._chat = GROUP
        who = {OWNER: self._words["you"], GUEST: "Ann"}.get(user, self._words["stranger"])
        self.chip("in the group", who)

    def _is_news(self, before: dict[str, Any] | None, message: dict[str, Any]) -> bool:
        """A message that looks otherwise than it did; that it lost its buttons is none."""
        if message["deleted"] or message["pins"] is not None:
            return False
        if before is None or before["html"] != message["html"]:
            return True
        return any(row not in before["buttons"] for row in message["buttons"])

    def show(self, chat: int, message: dict[str, Any]) -> None:
        """A message as it is now, after all others."""
        replied = self._numbers.get((chat, message["reply_to"] or 0))
        at = message["edit_date"] or message["date"]
        more = {"reply_to": replied, "date": at, "pinned": False, "known": self._is_known(message)}
        self._numbers[chat, message["message_id"]] = self._put(message | more)

    def _is_known(self, message: dict[str, Any]) -> bool:
        """Long, and no more than the figures in it are new; or a preview where those are not shown in full."""
        html = message["html"]
        words = re.sub(r"[\d.,:−+]+", "", html)
        begins = any(key.get("style") == "success" for row in message["buttons"] for key in row)
        known = words in self._known or (begins and not self._previews)
        self._known.add(words)
        return known and len(words) > LONG_TEXT

    def _put(self, message: dict[str, Any]) -> int:
        number, texts = len(self.messages) + 1, {name: message[name] for name in ("html", "text") if message.get(name)}
        steady = {name: CODE.sub(rf"\g<1>{SHOWN_CODE}", said) for name, said in texts.items()}
        self.messages.append(message | steady | {"message_id": number, "deleted": False})
        return number
