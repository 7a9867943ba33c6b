"""The real processes for the end-to-end tests: both local servers and Packgrid, over sockets, as a person runs them."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from nacl.signing import SigningKey

TOKEN = "20002:an-end-to-end-test-bot-0123456789"
OWNER = 4242
PATIENCE = 60.0
SEED = b"packgrid end to end test seed 32"
SECRET = b64encode(SEED).decode()
STAKE = {"USDC": "10000"}


@dataclass(slots=True)
class Process:
    """One running process, with everything it has printed."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _printed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def start(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *self.arguments,
            cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._printed:
                self.lines.append(line.decode(errors="replace").rstrip())
                self._printed.notify_all()

    async def printed(self, pattern: str, *, patience: float = PATIENCE) -> re.Match[str]:
        """Wait for a line that matches."""

        def found() -> re.Match[str] | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        async with asyncio.timeout(patience), self._printed:
            await self._printed.wait_for(lambda: found() is not None)
        match = found()
        assert match is not None
        return match

    async def end(self, how: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        status = await self._process.wait()
        await self._reading
        return status


@dataclass(slots=True)
class Machine:
    """Both local servers and one Packgrid over a folder."""

    folder: Path
    speed: str
    market: str
    settings: Mapping[str, str] = field(default_factory=dict)
    exchange: Process = field(init=False)
    telegram: Process = field(init=False)
    packgrid: Process = field(init=False)
    backpack: httpx.AsyncClient = field(init=False)
    human: httpx.AsyncClient = field(init=False)

    async def start(self, *, balances: Mapping[str, str] = STAKE) -> None:
        """Start both servers and open the account."""
        self.exchange = Process(
            ("exchange", "--port", "0", "--market", self.market, "--speed", self.speed), self.folder, {}
        )
        self.telegram = Process(("telegram", "--port", "0"), self.folder, {})
        await asyncio.gather(self.exchange.start(), self.telegram.start())
        self.backpack = _visitor((await self.exchange.printed(r"(http://\S+)"))[1], timeout=30)
        self.human = _visitor((await self.telegram.printed(r"(http://[^/]+)/bot"))[1], timeout=60)
        body = {"api_key": KEY, "balances": balances, "maker_bps": "8", "taker_bps": "10"}
        (await self.backpack.post("/sim/account", json=body)).raise_for_status()

    async def start_packgrid(self) -> None:
        """Start Packgrid itself; again after it was killed."""
        ws = str(self.backpack.base_url).replace("http", "ws", 1).rstrip("/")
        self.packgrid = Process(
            ("run",),
            self.folder,
            {
                "MODE": "live",
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": f"{str(self.human.base_url).rstrip('/')}/bot",
                "BACKPACK_API_URL": str(self.backpack.base_url).rstrip("/"),
                "BACKPACK_WS_URL": f"{ws}/ws",
                "BACKPACK_API_KEY": KEY,
                "BACKPACK_API_SECRET": SECRET,
                "DATABASE_URL": f"sqlite:///{self.folder / 'packgrid.db'}",
                "LOG_FILE": str(self.folder / "packgrid.log"),
                "TICK_SECONDS": "0.5",
                "LANGUAGE": "en",
                **self.settings,
            },
        )
        await self.packgrid.start()

    async def say(self, text: str, user: int = OWNER) -> None:
        """The owner, or somebody else, types."""
        (await self.human.post("/sim/message", json={"text": text, "user_id": user})).raise_for_status()

    async def click(self, label: str) -> None:
        """The owner presses the newest button with this label."""
        (await self.human.post("/sim/click", json={"label": label})).raise_for_status()

    async def chat(self, user: int = OWNER) -> list[dict[str, Any]]:
        """The messages of a chat."""
        answer = await self.human.get(f"/sim/chat/{user}")
        messages: list[dict[str, Any]] = answer.json()["messages"] if answer.is_success else []
        return messages

    async def told(self, wanted: str | Callable[[str], bool], *, after: int = 0) -> str:
        """Wait until the bot says something: a regular expression, or a test of the text."""
        check = wanted if callable(wanted) else lambda text: re.search(wanted, text) is not None
        version, deadline = 0, asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            answer = await self.human.get(f"/sim/chat/{OWNER}", params={"since": version, "wait": 5})
            chat = answer.json()
            version = chat["version"]
            for message in chat["messages"]:
                text = message.get("text") or message.get("caption") or ""
                if message["from"] == "bot" and message["message_id"] > after and check(text):
                    return str(text)
        raise AssertionError(f"the bot never said {wanted!r}\n{await self.evidence()}")

    async def evidence(self) -> str:
        """What was said and logged, for a test that fails."""
        said = [f"{one['from']}: {one.get('text') or one.get('caption')}" for one in await self.chat()]
        return "\n".join(
            [*said[-15:], *self.packgrid.lines[-25:], *self.exchange.lines[-5:], *self.telegram.lines[-5:]]
        )

    async def state(self) -> dict[str, Any]:
        """The account at the exchange: balances, open orders, all fills."""
        answer = await self.backpack.get("/sim/state", params={"api_key": KEY})
        state: dict[str, Any] = answer.json()
        return state

    async def exchange_control(self, path: str, body: Mapping[str, object]) -> None:
        """A command of the exchange's control side."""
        (await self.backpack.post(f"/sim/{path}", json=body)).raise_for_status()

    async def telegram_control(self, path: str, body: Mapping[str, object]) -> None:
        """A command of the Bot API's control side."""
        (await self.human.post(f"/sim/{path}", json=body)).raise_for_status()

    async def clear_faults(self) -> None:
        """Everything works again, on both servers."""
        for server in (self.backpack, self.human):
            (await server.delete("/sim/fault")).raise_for_status()
        await self.exchange_control("stream", {"mode": "normal"})
        await self.exchange_control("lag", {"seconds": "0"})

    async def pulse(self, seconds: int) -> None:
        """Until the chat changes, or so many seconds have passed in which it did not."""
        version = (await self.human.get(f"/sim/chat/{OWNER}")).json()["version"]
        await self.human.get(f"/sim/chat/{OWNER}", params={"since": version, "wait": seconds})

    async def trade_numbers(self) -> set[str]:
        """The trades that the chat names."""
        texts = [one.get("text") or one.get("caption") or "" for one in await self.chat() if one["from"] == "bot"]
        return set(re.findall(r"#(\d+)", " ".join(texts)))

    async def close(self) -> None:
        """End everything."""
        with contextlib.suppress(AttributeError):  # it was never started
            await self.packgrid.end(signal.SIGKILL)
        await asyncio.gather(self.exchange.end(signal.SIGKILL), self.telegram.end(signal.SIGKILL))
        await asyncio.gather(self.backpack.aclose(), self.human.aclose())


def _visitor(address: str, *, timeout: float) -> httpx.AsyncClient:
    """A client that keeps no connection: the server may close an idle one just as the next request goes out on it."""
    return httpx.AsyncClient(base_url=address, timeout=timeout, limits=httpx.Limits(max_keepalive_connections=0))


KEY = b64encode(bytes(SigningKey(SEED).verify_key)).decode()
