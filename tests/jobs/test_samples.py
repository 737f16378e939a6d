"""What the machine did stays with the run: bounded, and readable whatever happened to the file."""

import itertools

import pytest

from studio.errors import NotSaved
from studio.jobs.runs import Run
from studio.jobs.samples import SAMPLES, GpuProcess, GpuSample, Moment, Sample, SampleFile, thinned

CARD = GpuSample("RTX", 81, 3, 4, None, 58.4, (GpuProcess(7, "game", None),))


def moment(at: float) -> Moment:
    return Moment(at, Sample(12.5, 3, 8, (CARD,), 5, 9, 1.0, 2.0))


def written(folder, times, **options) -> SampleFile:
    file = SampleFile(folder, **options)
    for at in times:
        file.add(moment(at))
    file.close()
    return file


def test_what_was_sampled_is_read_back(tmp_path):
    assert Run(tmp_path).samples() == ()
    written(tmp_path, [1.0, 2.0])
    assert Run(tmp_path).samples() == (moment(1.0), moment(2.0))


def test_a_torn_line_and_a_damaged_one_are_left_out_and_the_run_goes_on(tmp_path):
    written(tmp_path, [1.0, 2.0])
    path = tmp_path / SAMPLES
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"at": 1.5, "sample": {"cpu": "busy"}}\n' + b"[" * 5000 + b"\n" + lines[1][:-9])
    assert Run(tmp_path).samples() == (moment(1.0),)
    written(tmp_path, [3.0])
    assert Run(tmp_path).samples() == (moment(1.0), moment(3.0))


def test_a_long_run_is_thinned_evenly_and_keeps_its_beginning_and_end(tmp_path):
    written(tmp_path, map(float, range(1000)), most=64)
    found = [one.at for one in Run(tmp_path).samples()]
    assert 30 <= len(found) <= 64
    gaps = [after - before for before, after in itertools.pairwise(found)]
    assert found[0] == 0.0 and found[-1] >= 1000 - 2 * max(gaps) and max(gaps) <= 2 * min(gaps)


def test_a_run_that_goes_on_a_day_later_keeps_both_parts(tmp_path):
    written(tmp_path, map(float, range(60)), most=64)
    written(tmp_path, (86_400.0 + second for second in range(60)), most=64)
    found = [one.at for one in Run(tmp_path).samples()]
    assert len(found) <= 64 and sum(at < 100 for at in found) >= 10 and sum(at > 80_000 for at in found) >= 10


def test_a_clock_that_is_set_back_loses_nothing_of_what_follows():
    found = thinned([moment(at) for at in (100.0, 101.0, 102.0, 5.0, 6.0, 7.0, 8.0, 9.0)], 8)
    assert len(found) <= 4 and any(one.at < 10 for one in found)


def test_a_folder_that_is_none_is_told(tmp_path):
    (tmp_path / "run").write_text("a file stands here", encoding="utf-8")
    with pytest.raises(NotSaved):
        SampleFile(tmp_path / "run").add(moment(1.0))
