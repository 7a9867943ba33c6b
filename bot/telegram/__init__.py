"""The owner's chat: commands, buttons, texts and the outbox. Talks to bot.owner.trader and to nothing deeper."""

import os

# Telegram's waiting times are timedeltas from the library's next major version on; until then each one warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")
