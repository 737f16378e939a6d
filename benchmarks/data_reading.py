"""Measures reading files of records: rows a second and memory by format, and what a line of 100 MB costs. Prints JSON.

Run: `python benchmarks/data_reading.py [ROWS]`. Each format is read by a process of its own, so that its memory is its
own. Times depend on the machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ROWS = 100_000
LONG = 100 << 20
_TOLD = "The old mill stands north of Gant, behind the ferry and the second gate. "


def write_files(folder: Path, count: int) -> list[Path]:
    """The same records in each format, talks with tool calls, and lines of which one is very long."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pairs = [
        {"instruction": f"What lies north of mill {at}?", "output": f"{at}: {_TOLD * (1 + at % 6)}"}
        for at in range(count)
    ]
    lines = [json.dumps(one) + "\n" for one in pairs]
    (folder / "pairs.jsonl").write_text("".join(lines))
    (folder / "pairs.json").write_text(json.dumps(pairs, indent=1))
    pq.write_table(pa.Table.from_pylist(pairs), folder / "pairs.parquet")
    with (folder / "talks.jsonl").open("w") as stream:
        for one in pairs:
            call = {"name": "roll", "arguments": json.dumps({"skill": "perception", "dc": 12})}
            spoken = [
                {"role": "user", "content": one["instruction"]},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "1", "type": "function", "function": call}],
                },
                {"role": "tool", "content": "PERCEPTION: 14 = *14*"},
                {"role": "assistant", "content": one["output"]},
            ]
            stream.write(json.dumps({"messages": spoken}) + "\n")
    with (folder / "long-line.jsonl").open("wb") as stream:
        stream.write(lines[0].encode() + b'{"instruction": "' + b"x" * LONG + b'"}\n' + lines[0].encode())
    return sorted(folder.iterdir())


def read_one(path: Path) -> dict[str, object]:
    """Reads one file in this process."""
    from studio.dataset.description import SourceSettings
    from studio.dataset.reading import Reading
    from studio.dataset.rows import Row
    from studio.dataset.sources import read_source, tables

    assert tables
    if path.suffix == ".parquet":
        import pyarrow.parquet

        assert pyarrow.parquet
    before = most_memory()
    source = SourceSettings.model_validate({"name": "it", "file": path})
    wall, busy, rows, problems = time.perf_counter(), time.process_time(), 0, 0
    for one in read_source(source, Reading(path.parent)):
        if isinstance(one, Row):
            rows += 1
        else:
            problems += 1
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return {
        "file": path.name, "mebibytes": round(path.stat().st_size / (1 << 20), 1), "rows": rows, "problems": problems,
        "seconds": round(wall, 2), "rows_a_second": round(rows / wall), "rows_a_second_of_one_core": round(rows / busy),
        "memory_mebibytes": round((most_memory() - before) / 1024, 1),
    }  # fmt: skip


def most_memory() -> int:
    """The most that this process ever held, in KiB; `getrusage` would count what its parent held."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    if len(sys.argv) > 2:
        print(json.dumps(read_one(Path(sys.argv[2]))))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for path in write_files(Path(folder), count):
            command = [sys.executable, __file__, "read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
