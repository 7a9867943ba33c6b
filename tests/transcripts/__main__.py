"""`python -m tests.transcripts`: hold all conversations anew, to be read as a diff before they are kept."""

import asyncio

from bot.languages import LANGUAGES
from tests.transcripts.phone import held
from tests.transcripts.scenes import SCENES, SEEN

for lang in LANGUAGES:
    for name, scene in SCENES.items():
        (SEEN / lang / f"{name}.txt").write_text(asyncio.run(held(scene, lang)).seen, "utf-8")
