"""The command line: one function a command. Parses, builds, and says what is wrong. No command is carried out here."""

import argparse
import asyncio
import os
import signal
import stat
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal

from bot.console import typed
from bot.console.leaving import leaving
from bot.machine import env_file, surroundings
from bot.machine.discreet import redacted
from bot.machine.exits import Exit, table
from bot.machine.logs import keep_discreet
from bot.machine.private import keep_private
from bot.settings import ENV_FILE, WrongSettings
from storage.errors import StorageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    surroundings.keep_streams()
    keep_discreet()
    arguments = _parser().parse_args(argv)
    keep_private()
    surroundings.lend(os.environ, env_file.given(ENV_FILE))
    try:
        if found := [*surroundings.problems(os.environ)]:
            raise WrongSettings("\n".join(found))
        typed.check_days(arguments)
        typed.check_files(arguments)
        return int(asyncio.run(arguments.work(arguments)) or Exit.DONE)
    except WrongSettings as wrong:
        file = env_file.told(ENV_FILE)
        surroundings.say(f"The settings can't be used:\n{wrong}\nThey come from the environment or from {file}.")
        return Exit.SETTINGS
    except StorageError as wrong:
        surroundings.say(redacted(f"{wrong}"))
        return Exit.DATABASE
    except argparse.ArgumentTypeError as wrong:
        surroundings.say(f"packgrid {arguments.command}: {wrong}")
        return Exit.SETTINGS
    except OSError as wrong:
        file = f": {wrong.filename}" if wrong.filename else ""
        surroundings.say(f"packgrid {arguments.command}: {wrong.strerror or wrong}{file}")
        return Exit.OUTSIDE
    except KeyboardInterrupt:
        return Exit.LEFT_AT_ONCE
    except Exception:  # noqa: BLE001 - the outermost place of all: Python would print it as it is
        surroundings.say(f"A fault of Packgrid's own. Please report this:\n{_fault()}")
        return Exit.WRONG
    finally:
        surroundings.let_streams_go()


def _fault() -> str:
    """What is being handled, without secrets: libraries put the address of a call, and so the bot's token, into theirs,
    and those of databases the password.
    """
    told, secrets = traceback.format_exc(), tuple[str, ...]()
    with suppress(Exception):
        from bot.live import secrets_of
        from bot.settings import read_settings

        secrets = secrets_of(read_settings())
    return redacted(told, secrets).rstrip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="packgrid",
        description="A grid trader for Backpack, run from Telegram.",
        epilog=f"exit status:\n{table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which program this is, and end")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _command(commands, "run", "trade: paper by default, live with MODE=live", _run)
    check = _command(commands, "check", "check settings, keys, clock, fees, balances, database and Telegram", _check)
    check.add_argument("--canary", action="store_true", help="place and cancel one minimum order far from the price")
    _command(commands, "totp", "make a secret for an authenticator app, to be put into TOTP_SECRET", _totp)
    _command(commands, "audit", "prove the books against the exchange's own, while the bot is stopped", _audit)
    export = _command(commands, "export", "write the ledger as CSV files, also while the bot runs", _export)
    export.add_argument("--out", default="export", help="the folder they are written to (export)")
    export.add_argument("--from", dest="first", type=typed.day, help="the first day, as 2026-10-01, in your time zone")
    export.add_argument("--to", dest="last", type=typed.day, help="the last day")
    export.add_argument("--grid", type=int, help="the number of one grid (all)")
    backup = _command(commands, "backup", "copy the database into a file, also while the bot runs", _backup)
    backup.add_argument("file", nargs="?", help="where to (a new file in the folder backups beside the database)")
    restore = _command(commands, "restore", "put a backup in the database's place, while the bot is stopped", _restore)
    restore.add_argument("file", help="the backup; what it replaces is kept beside it")
    _add_candles(commands)
    _add_backtest(commands)
    _add_sweep(commands)
    _add_replay(commands)
    demo = _command(commands, "demo", "the whole thing on this machine, with a chat page and a recorded market", _demo)
    demo.add_argument("--headless", action="store_true", help="no page: write the transcript to standard output")
    demo.add_argument("--speed", type=typed.positive, default=Decimal(200), help="how much faster than real (200)")
    demo.add_argument("--port", type=typed.port, default=8080, help="port on 127.0.0.1; 0 takes a free one (8080)")
    demo.add_argument("--seconds", type=typed.positive, help="stop after this many seconds")
    demo.add_argument("--fresh", action="store_true", help="forget the last demo and begin anew")
    exchange = _command(commands, "exchange", "the local Backpack alone", _exchange)
    exchange.add_argument("--port", type=typed.port, default=8090, help="port on 127.0.0.1; 0 takes a free one (8090)")
    exchange.add_argument(
        "--market", default="synthetic", help="synthetic, manual, trades:FILE or candles:FILE (synthetic)"
    )
    exchange.add_argument("--symbol", default="ETH_USDC", help="the market that the feed drives (ETH_USDC)")
    exchange.add_argument("--seed", type=int, default=1, help="which synthetic market (1)")
    exchange.add_argument("--speed", type=typed.positive, default=Decimal(1), help="how much faster than real (1)")
    exchange.add_argument("--state", help="a file in which everything survives a restart")
    telegram = _command(commands, "telegram", "the local Bot API alone, with its chat page", _telegram)
    telegram.add_argument("--port", type=typed.port, default=8081, help="port on 127.0.0.1; 0 takes a free one (8081)")
    telegram.add_argument("--state", help="a file in which the chats survive a restart")
    return parser


class _Version(argparse.Action):
    """Asks for the version only where it is to be said."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from bot.machine.program import engine_version

        print(f"Packgrid {engine_version()}")
        parser.exit()


def _add_candles(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fetch = _command(commands, "candles", "fetch market history, or import a file of it, and keep it", _candles)
    fetch.add_argument("market", help="a market as ETH_USDC, or the word import")
    fetch.add_argument("file", nargs="?", help="after import: CSV (.gz, .zip) or Parquet, candles or trades")
    fetch.add_argument("--interval", choices=LENGTHS, default="1m", help="length of a candle (1m)")
    fetch.add_argument("--trades", action="store_true", help="every public trade instead of candles")
    fetch.add_argument("--from", dest="first", type=typed.day, help="the first day, UTC (30 days ago, or what is kept)")
    fetch.add_argument("--to", dest="last", type=typed.day, help="the last day")
    fetch.add_argument("--market", dest="as_market", metavar="MARKET", help="the market of an imported file")
    fetch.add_argument("--data", default="data/history", help="the folder where it is kept (data/history)")


def _add_backtest(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    play = _command(commands, "backtest", "play a grid, in the words of /grid, over recorded prices", _backtest)
    play.add_argument("words", nargs="+", help="as after /grid: ETH_USDC lower=1800 upper=2600 grids=20 usdc=50")
    _add_market(play)
    play.add_argument("--paths", type=typed.count, help="markets that might have been, to be played too (10 to 20)")
    play.add_argument("--seed", type=typed.seed, default=1, help="which ones (1)")
    play.add_argument("--quick", action="store_true", help="the candles once, and no range")
    play.add_argument("--json", metavar="FILE", help="write the figures, exact")
    play.add_argument("--csv", metavar="DIR", help="write every fill, every round trip and the equity by the hour")
    play.add_argument("--picture", metavar="FILE", help="draw the equity as a PNG")


def _add_sweep(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sweep = _command(commands, "sweep", "play many grids over recorded prices, and rank them", _sweep)
    sweep.add_argument(
        "words", nargs="+", help="as after /grid, with ranges and lists: lower=1500..2200 grids=10..200 maxloss=off,8%%"
    )
    _add_market(sweep)
    sweep.add_argument("--variants", type=typed.some, default=1_000, help="how many (1000)")
    sweep.add_argument(
        "--search",
        choices=("random", "grid", "optuna"),
        default="random",
        help="drawn, evenly over all, or each by what those before it came to (random)",
    )
    sweep.add_argument("--seed", type=typed.seed, default=1, help="which ones are drawn (1)")
    sweep.add_argument("--by", choices=RANKS, default="total", help="what they are ranked by (total)")
    sweep.add_argument(
        "--split", type=typed.part, default=Decimal("0.7"), help="the part of the time to choose by (70%%)"
    )
    sweep.add_argument("--folds", type=typed.count, help="choose anew so often on the rest of it, by all days before")
    sweep.add_argument("--top", type=typed.some, default=10, help="how many are shown (10)")
    sweep.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers play, as tcp://10.0.0.1:8786"
    )
    sweep.add_argument("--parquet", metavar="FILE", help="write all variants")
    sweep.add_argument("--picture", metavar="FILE", help="draw the first two parameters as a heat map, a PNG")


def _add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    replay = _command(commands, "replay", "decide anew all that was recorded, and compare; also while it runs", _replay)
    replay.add_argument("--last", dest="back", metavar="TIME", type=typed.back, default="7d", help="as 7d or 12h (7d)")
    replay.add_argument("--from", dest="first", type=typed.day, help="the first day, as 2026-10-01, in your time zone")
    replay.add_argument("--to", dest="last", type=typed.day, help="the last day")
    replay.add_argument("--json", metavar="FILE", help="write what came of it")
    replay.add_argument("--market", action="store_true", help="beside it, what the market alone says, fill by fill")
    replay.add_argument("--candles", metavar="FILE", help="of the market: a file, or a kept one (else the exchange's)")
    replay.add_argument("--data", default="data/history", help="the folder of the kept markets (data/history)")


def _add_market(play: argparse.ArgumentParser) -> None:
    """What market it is, and how it treats orders."""
    play.add_argument("--candles", metavar="FILE", help="CSV (.gz, .zip), Parquet, or a kept market (the market's own)")
    play.add_argument("--from", dest="first", type=typed.day, help="the first day, UTC; what is before it is the past")
    play.add_argument("--to", dest="last", type=typed.day, help="the last day")
    play.add_argument(
        "--maker",
        type=typed.rate,
        default=Decimal("0.0008"),
        help="fee of an order that rested (0.08%%); a rebate as --maker=-0.01%%",
    )
    play.add_argument("--taker", type=typed.rate, default=Decimal("0.001"), help="fee of one that took (0.1%%)")
    play.add_argument("--fees", choices=("received", "quote"), default="received", help="what they are taken out of")
    play.add_argument("--slippage", type=typed.rate, default=Decimal("0.0005"), help="of an order that takes (0.05%%)")
    play.add_argument(
        "--queue", choices=("through", "touch"), default="through", help="where the market fills an order that rests"
    )
    play.add_argument("--money", type=typed.positive, help="quote of the account, of which pct= and share= are parts")
    play.add_argument("--tick", type=typed.positive, help="the market's tick, where it is not known")
    play.add_argument("--step", type=typed.positive, help="the step of its quantities")
    play.add_argument("--least", type=typed.positive, help="its smallest quantity (the step)")
    play.add_argument("--data", default="data/history", help="the folder of the kept markets (data/history)")


RANKS = ("total", "part", "drawdown", "calmar", "sharpe", "trips")
LENGTHS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
Work = Callable[[argparse.Namespace], Awaitable[int | None]]


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, work: Work
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.set_defaults(work=work)
    return command


async def _run(_: argparse.Namespace) -> None:
    from bot.live import run

    await run(stopping())


async def _check(arguments: argparse.Namespace) -> int:
    from bot.console.check import check

    return await check(canary=arguments.canary)


async def _totp(_: argparse.Namespace) -> None:
    from bot.machine.totp import address_of, new_secret

    secret = new_secret()
    print(f"TOTP_SECRET={secret}\n\nPut that line into .env: it is shown this once. For the app:")
    print(address_of(secret, "owner"))


async def _audit(_: argparse.Namespace) -> int:
    from bot.console.audit import audit

    return await audit()


async def _export(arguments: argparse.Namespace) -> None:
    from bot.console.export import export

    await export(arguments.out, arguments.first, arguments.last, arguments.grid)


async def _backup(arguments: argparse.Namespace) -> None:
    from bot.console.backup import backup

    await backup(arguments.file)


async def _restore(arguments: argparse.Namespace) -> None:
    from bot.console.backup import restore

    await restore(arguments.file)


async def _candles(arguments: argparse.Namespace) -> int:
    from bot.console.candles import candles

    return await candles(arguments)


async def _backtest(arguments: argparse.Namespace) -> int:
    with leaving():
        from bot.console.backtest import backtest

        return await backtest(arguments)


async def _sweep(arguments: argparse.Namespace) -> int:
    with leaving():
        from bot.history.extra import Missing, extra

        try:
            extra("numba")
        except Missing as wrong:
            surroundings.say(f"{wrong}")
            return Exit.OUTSIDE
        from bot.console.sweep import run

        return run(arguments)


async def _replay(arguments: argparse.Namespace) -> int:
    with leaving():
        from bot.console.replay import replay

        return await replay(arguments)


async def _demo(arguments: argparse.Namespace) -> None:
    from bot.console.demo import run_demo

    await run_demo(
        stopping(),
        headless=arguments.headless,
        speed=arguments.speed,
        port=arguments.port,
        seconds=arguments.seconds,
        fresh=arguments.fresh,
    )


async def _exchange(arguments: argparse.Namespace) -> None:
    from bot.demo.servers import serve_exchange

    await serve_exchange(stopping(), arguments)


async def _telegram(arguments: argparse.Namespace) -> None:
    from bot.demo.servers import serve_telegram

    await serve_telegram(stopping(), arguments)


def stopping() -> asyncio.Event:
    """An event that the first Ctrl+C, SIGTERM or SIGHUP sets. A second one leaves at once; nothing is lost then."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        if stop.is_set():
            surroundings.say("Left at once. Whatever was under way is found at the next start.")
            os._exit(Exit.LEFT_AT_ONCE)
        stop.set()
        surroundings.say("Finishing what is under way. Ctrl+C again leaves at once.")

    def hang_up() -> None:
        _let_go_of_the_terminal()
        if not stop.is_set():  # a terminal that closes often says so twice
            leave()

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: it shall outlive its terminal
        loop.add_signal_handler(signal.SIGHUP, hang_up)
    return stop


def _let_go_of_the_terminal() -> None:
    """A terminal that is gone fails whatever is written to it. A file or a pipe goes on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):
        if stat.S_ISCHR(os.fstat(standard).st_mode):
            os.dup2(nowhere, standard)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
