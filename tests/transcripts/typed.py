"""What is typed for each button that acts: it does what the button does. Each line is in a conversation, too."""

from collections.abc import Mapping

from bot.telegram.answers.helping import MEANT
from tests.transcripts.opening import LINE

TYPED: Mapping[str, str] = {
    "start": "/grid yes",
    "cancel": "/cancel",
    "vary": "/grid ETH_USDC careful",
    "fix": LINE,
    "change": LINE,
    "figures": LINE,
    "preview": LINE,
    "take": LINE,
    "around": "/grid around 1",
    "again": "/grid again 1",
    "stop": "/stop 1 sell yes",
    "stop_all": "/stop all",
    "wait": "/cancel",
    "keep": "/cancel",
    "pause": "/pause 1 buying",
    "pause_all": "/pause all",
    "resume": "/resume 1",
    "resume_all": "/resume all",
    "resume_ran": "/resume 1 2",
    "ask_resume": "/resume 1",
    "lift": "/resume",
    "ask_live": "/resume",
    "settle": "/decide cancel",
    "settle_left": "/decide leave",
    "settle_missing": "/decide trust",
    "tune": "/tune 1 yes",
    "fix_tune": "/tune 1 total=700",
    "put_back": "/tune 1 back",
    "risk": "/risk yes",
    "backtest": "/backtest 1",
    "book_difference": "/audit book",
    "lend_use": "/balance lent=yes",
    "lend_off": "/balance autolend=no",
    "lend_leave": "/balance autolend=yes",
    "panic": "/panic",
    "revoke": "/revoke 7001",
    MEANT: "/help",
}
