"""The process that draws: it answers, it is replaced when it dies, and what it lacks is said."""

import os
import signal
from pathlib import Path

import pytest

from bot.owner.pictures import Undrawn
from bot.pictures.painter import Painter
from bot.pictures.worker import drawn
from tests.unit.drawing import a_head, pictures

CARD = pictures(a_head())["card"]


async def test_pictures_are_drawn_by_a_process_of_its_own() -> None:
    painter = Painter()
    try:
        first = await painter.draw(CARD)
        pid = painter.pid
        second = await painter.draw(pictures(a_head())["market"])

        assert isinstance(first, bytes)
        assert isinstance(second, bytes)
        assert first.startswith(b"\x89PNG")
        assert painter.pid == pid != os.getpid()
    finally:
        await painter.close()
    assert painter.pid is None


async def test_a_file_of_the_owners_where_he_started_us_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.py").write_text("raise SystemExit('a bot of his own')\n")
    monkeypatch.chdir(tmp_path)
    painter = Painter()
    try:
        assert isinstance(await painter.draw(CARD), bytes)
    finally:
        await painter.close()


async def test_one_that_has_died_is_replaced() -> None:
    painter = Painter()
    try:
        await painter.draw(CARD)
        before = painter.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)

        answers = [await painter.draw(CARD), await painter.draw(CARD)]

        assert isinstance(answers[-1], bytes)
        assert painter.pid != before
    finally:
        await painter.close()


async def test_one_that_takes_too_long_is_ended() -> None:
    painter = Painter(drawing=0)
    assert await painter.draw(CARD) is Undrawn.FAILED
    assert painter.pid is None


async def test_what_cant_be_drawn_costs_the_picture_and_not_the_process(caplog: pytest.LogCaptureFixture) -> None:
    painter = Painter()
    try:
        assert await painter.draw("no picture") is Undrawn.FAILED  # type: ignore[arg-type]
        assert "Traceback" in caplog.text
        assert isinstance(await painter.draw(CARD), bytes)
    finally:
        await painter.close()


def test_without_what_draws_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bot.pictures.paint", None)

    assert drawn(CARD) is Undrawn.MISSING


@pytest.mark.parametrize("style", [b"text.usetex: True\naxes.nonsense: 5\n", b"\xff\xfe\n"])
async def test_what_is_set_for_somebodys_notebooks_changes_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: bytes
) -> None:
    (tmp_path / "matplotlibrc").write_bytes(style)
    plain = Painter()
    try:
        expected = await plain.draw(CARD)
    finally:
        await plain.close()
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    monkeypatch.delenv("MATPLOTLIBRC", raising=False)
    painter = Painter()
    try:
        assert await painter.draw(CARD) == expected
    finally:
        await painter.close()
