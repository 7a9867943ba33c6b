"""`python -m tests.transcripts`: hold all conversations anew, to be read as a diff before they are kept."""

import asyncio

from bot.languages import LANGUAGES
from tests.transcripts.phone import held
from tests.transcripts.scenes import PRESSED, SCENES, SEEN

pressed = ""
for lang in LANGUAGES:
    for name, scene in SCENES.items():
        seen = asyncio.run(held(scene, lang))
        (SEEN / lang / f"{name}.txt").write_text(seen.seen, "utf-8")
        if lang == LANGUAGES[0]:
            pressed += " ".join([name, *sorted(seen.pressed)]) + "\n"
PRESSED.write_text(pressed, "utf-8")
