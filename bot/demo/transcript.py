"""The chat as text on standard output, as it happens: what `demo --headless` shows instead of the page."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import httpx

WAIT = 25


async def write_transcript(address: str, chat_id: int) -> None:
    """Follow a chat of the local Bot API until cancelled: each new or edited text once."""
    seen: dict[int, str] = {}
    version = 0
    async with httpx.AsyncClient(base_url=address, timeout=WAIT + 10) as http:
        while True:
            answer = await http.get(f"/sim/chat/{chat_id}", params={"since": version, "wait": WAIT})
            chat = json.loads(answer.text)
            version = chat["version"]
            for message in chat["messages"]:
                body = message.get("text") or message.get("caption") or "(picture)"
                if seen.get(message["message_id"]) != body:
                    seen[message["message_id"]] = body
                    sys.stdout.write(_text(message, body))
            sys.stdout.flush()


def _text(message: dict[str, Any], body: str) -> str:
    at = datetime.fromtimestamp(message["date"], UTC).strftime("%H:%M:%S")
    buttons = " ".join(f"[{button['label']}]" for row in message.get("buttons") or () for button in row)
    lines = [*body.splitlines(), *([buttons] if buttons else [])]
    return "".join(f"{at} {message['from']:>4} | {line}\n" for line in lines)
