"""What several files of tests begin with: an empty store, and the place of a database that is a file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.store import Store
from tests.integration.stored import a_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "packgrid.db"


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(a_store()) as opened:
        yield opened
