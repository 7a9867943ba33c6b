"""What somebody forgets fails `make test`, and what somebody adds is a few lines: shown on copies of the code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVENTS = "strategy/messages/events.py"
NEW = '''
@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A kind of event that nobody handles."""

    at: int
    client_id: ClientId


Command = '''


@pytest.mark.parametrize("union", ["OrderEvent", "Fact", "Command"])
def test_an_event_that_nobody_handles_does_not_pass_the_type_checker(union: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "strategy", tmp_path / "strategy", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / EVENTS
    events = path.read_text("utf-8").replace("\nCommand = ", NEW, 1)
    path.write_text(events.replace(f"\n{union} = ", f"\n{union} = Unheard | ", 1), "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "strategy/step.py"]

    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    wrong = [line for line in checked.stdout.splitlines() if ": error:" in line]
    assert len(wrong) == 1, checked.stdout
    assert wrong[0].startswith("strategy/step.py:")
    assert 'to "assert_never" has incompatible type "Unheard"' in wrong[0]


def test_another_language_is_a_folder_of_sentences_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    locales = tmp_path / "bot/telegram/texts/locales"
    shutil.copytree(locales / "en", locales / "fr")
    words = locales / "fr/words.json"
    words.write_text(words.read_text("utf-8").replace('"English"', '"Français"'), "utf-8")
    asked = """
from bot.telegram.answers.commands import menu
from bot.telegram.texts import face
print(face.LANGUAGES, face.language_of("fr-CA"), dict(menu("zh"))["language"])
print(menu("fr") == menu("en"))
from bot.settings import read_settings
print(read_settings(None, language="fr_FR.UTF-8").language)
"""
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"}

    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert said.stdout == "('en', 'fr', 'zh') fr English 或 Français 或 中文\nTrue\nfr\n"
