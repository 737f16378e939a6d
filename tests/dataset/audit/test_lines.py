"""Lines that are appended are on the disk whole, or it is said that they are not."""

import sys
from pathlib import Path

import pytest

from studio.dataset.audit.lines import append_line, append_lines, read_lines
from studio.errors import NotSaved


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size can be set there")
def test_a_disk_that_takes_a_part_is_told_and_what_stood_there_stays(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "lines.jsonl"
    append_line(path, {"key": "first"})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(NotSaved):
            append_lines(path, ({"key": f"second {number}"} for number in range(9)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(read_lines(path)) == [{"key": "first"}]
    append_line(path, {"key": "third"})
    assert list(read_lines(path)) == [{"key": "first"}, {"key": "third"}]
