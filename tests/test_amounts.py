"""What a size is called: the same of files, of memory, and of what is fetched."""

import pytest

from studio.amounts import GB, file_size
from studio.training.sizes import gigabytes


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (1 << 20, "1.0 MB"),
        (105_454_848, "101 MB"),
        (10**9, "954 MB"),
        (1 << 30, "1.0 GB"),
        (24 << 30, "24.0 GB"),
        (5000 << 30, "5000 GB"),
    ],
)
def test_a_size_is_said_in_units_of_1024(size: int, told: str) -> None:
    assert file_size(size) == told


def test_a_file_and_the_memory_it_takes_are_said_alike() -> None:
    assert file_size(4 * GB) == "4.0 GB" and gigabytes(4 * GB) == "4.00 GB"
