"""Data folders for the embedded servers of these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.devkit.embedded_claims import temporary_data_dir


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path
