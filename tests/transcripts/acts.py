"""What can happen in a conversation: what people type and press, what the market and the exchange do."""

from dataclasses import dataclass
from enum import StrEnum

from bot.mode import Mode
from tests.integration.chat_world import OWNER

GUEST, STRANGER = 7001, 666


@dataclass(frozen=True, slots=True)
class Tap:
    """The so-manieth button of the newest message that has any is pressed, or of the pinned card."""

    number: int
    card: bool = False
    back: int = 0
    """So many messages with buttons came after the one that is meant."""


@dataclass(frozen=True, slots=True)
class Market:
    """The price goes there, and the program's tick sees it."""

    price: str


@dataclass(frozen=True, slots=True)
class Wait:
    """So many seconds pass."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Look:
    """The owner reads the pinned card; where he does not, that it is edited is not written down."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody else writes to the bot; `CODE` stands for that of the newest invitation."""

    text: str


@dataclass(frozen=True, slots=True)
class There:
    """Somebody writes in a group, or presses the so-manieth button there: the owner, the guest or a stranger."""

    what: str | int
    user: int = OWNER
    heard: bool = True


class Happens(StrEnum):
    """What nobody in the chat has asked for."""

    STRANGERS = "orders of another installation are found"
    LEFT = "orders of a database that is gone are found"
    MISSING = "fills of the books are not in the exchange's history"
    LENT = "auto-lend is switched on"
    AIRDROP = "5 USDC come that no list of the exchange explains"
    UNCONFIRMED = "nobody has ever typed LIVE for this database"


@dataclass(frozen=True, slots=True)
class Code:
    """The owner types what his authenticator app shows."""


@dataclass(frozen=True, slots=True)
class Forward:
    """The owner forwards something to the bot."""

    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The owner makes something else of what he wrote last."""

    text: str


@dataclass(frozen=True, slots=True)
class AsksCodes:
    """An authenticator app is set up: above 100 USDC a code is asked for."""


Act = str | Guest | There | Happens | Code | Forward | Edit | Tap | Market | Wait | Look | Mode | AsksCodes
"""A mode, and that codes are asked for, come first: paper and none where nothing is said."""
