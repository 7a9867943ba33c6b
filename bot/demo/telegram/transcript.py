"""The chat as text on standard output, as it happens: what `demo --headless` shows instead of the page."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import httpx

WAIT = 25


class Transcript:
    """One chat, each new or edited text once."""

    def __init__(self, address: str, chat_id: int) -> None:
        self._address, self._chat_id = address, chat_id
        self._seen: dict[int, str] = {}

    async def follow(self) -> None:
        """Write what is said as it is said, until cancelled."""
        version = 0
        async with self._http() as http:
            while True:
                version = await self._read(http, since=version, wait=WAIT)

    async def write_rest(self) -> None:
        """Write what has been said and not been written yet."""
        async with self._http() as http:
            await self._read(http, since=0, wait=0)

    async def _read(self, http: httpx.AsyncClient, *, since: int, wait: int) -> int:
        answer = await http.get(f"/sim/chat/{self._chat_id}", params={"since": since, "wait": wait})
        chat = json.loads(answer.text)
        for message in chat["messages"]:
            body = message.get("text") or message.get("caption") or "(picture)"
            if self._seen.get(message["message_id"]) != body:
                self._seen[message["message_id"]] = body
                sys.stdout.write(_text(message, body))
        sys.stdout.flush()
        return int(chat["version"])

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._address, timeout=WAIT + 10, trust_env=False)


def _text(message: dict[str, Any], body: str) -> str:
    at = datetime.fromtimestamp(message["date"], UTC).strftime("%H:%M:%S")
    buttons = " ".join(f"[{button['label']}]" for row in message.get("buttons") or () for button in row)
    lines = [*body.splitlines(), *([buttons] if buttons else [])]
    return "".join(f"{at} {message['from']:>4} | {line}\n" for line in lines)
