"""Local servers on loopback: `packgrid exchange` and `packgrid telegram`, and what the demo needs to serve both."""

import argparse
import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from bot.demo.backpack.server import LocalBackpack, build
from bot.demo.telegram.server import TelegramServer, create_app
from exchange.paper.listing import default_markets

HOST = "127.0.0.1"


PING_SECONDS = 60
"""How often a websocket is asked whether somebody is there: as rarely as Backpack does."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: whoever started us decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, port: int) -> AsyncIterator[int]:
    """Serve on loopback while the block runs; gives the port, which is a free one for 0. `OSError` if it is taken."""
    listening = _listen(port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.wait([task], timeout=0.01)
            if task.done():
                task.result()
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listening.close()


def _listen(port: int) -> socket.socket:
    # Named, because asyncio switches Nagle's delay (40 ms an answer) off only where the protocol is named.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as taken:
        listening.close()
        raise OSError(
            taken.errno, f"{HOST}:{port} can't be used ({taken.strerror}): choose another with --port"
        ) from None
    return listening


async def serve_exchange(stop: asyncio.Event, arguments: argparse.Namespace) -> None:
    """The local Backpack alone: REST under /, the websocket under /ws, the control side under /sim."""
    local = _built(arguments)
    async with serving(local.app(), arguments.port) as port:
        await local.start()
        say(f"Local Backpack: http://{HOST}:{port}  websocket ws://{HOST}:{port}/ws")
        await stop.wait()
        await local.stop()


def _built(arguments: argparse.Namespace) -> LocalBackpack:
    """The exchange that was asked for, or `ArgumentTypeError` with what is wrong."""
    known = default_markets()
    if arguments.symbol not in known:
        msg = f"--symbol {arguments.symbol} is not one of {', '.join(known)}"
        raise argparse.ArgumentTypeError(msg)
    try:
        return build(
            arguments.market,
            seed=arguments.seed,
            speed=arguments.speed,
            symbol=arguments.symbol,
            state_file=Path(arguments.state) if arguments.state else None,
        )
    except OSError as wrong:
        msg = f"{wrong.filename or arguments.market} can't be read: {wrong.strerror or wrong}"
        raise argparse.ArgumentTypeError(msg) from wrong
    except (ValueError, LookupError, ArithmeticError, AssertionError) as wrong:
        file = f", or the state in {arguments.state} is another market's or damaged" if arguments.state else ""
        msg = f"--market {arguments.market} can't be played ({wrong}){file}"
        raise argparse.ArgumentTypeError(msg) from wrong


async def serve_telegram(stop: asyncio.Event, arguments: argparse.Namespace) -> None:
    """The local Bot API alone, with its chat page."""
    server = TelegramServer(state_file=Path(arguments.state) if arguments.state else None)
    async with serving(create_app(server), arguments.port) as port:
        say(f"Local Bot API: http://{HOST}:{port}/bot  chat page http://{HOST}:{port}/")
        await stop.wait()
        server.close()


def say(text: str) -> None:
    """A line for the person or the script at the console."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
