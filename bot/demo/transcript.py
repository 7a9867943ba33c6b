"""The chat as text on standard output, as it happens: what `demo --headless` shows instead of the page."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import httpx

WAIT = 25


async def write_transcript(address: str, chat_id: int) -> None:
    """Follow a chat of the local Bot API until cancelled: each new or edited message once."""
    seen: dict[int, str] = {}
    version = 0
    async with httpx.AsyncClient(base_url=address, timeout=WAIT + 10) as http:
        while True:
            answer = await http.get(f"/sim/chat/{chat_id}", params={"since": version, "wait": WAIT})
            chat = json.loads(answer.text)
            version = chat["version"]
            for message in chat["messages"]:
                text = _text(message)
                if seen.get(message["message_id"]) != text:
                    seen[message["message_id"]] = text
                    sys.stdout.write(text)
            sys.stdout.flush()


def _text(message: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(message["date"], UTC).strftime("%H:%M:%S")
    buttons = " ".join(f"[{button['label']}]" for row in message.get("buttons") or () for button in row)
    body = message.get("text") or message.get("caption") or "(picture)"
    lines = [*body.splitlines(), *([buttons] if buttons else [])]
    return "".join(f"{at} {message['from']:>4} | {line}\n" for line in lines)
