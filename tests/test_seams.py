"""What somebody forgets fails `make test`: seams that the type checker sees, shown on a copy that forgets."""

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
