"""What watching the machine costs: processor time a sample, kept as a run keeps it; one a second is taken.

    python benchmarks/monitor.py [--samples 200]

Prints one JSON object. The aim is under 1% of a core.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from studio.jobs.ledger import holders
from studio.jobs.monitor import Monitor
from studio.jobs.samples import SAMPLES, Moment, SampleFile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200)
    count = parser.parse_args().samples
    with tempfile.TemporaryDirectory() as folder:
        monitor, file = Monitor(Path(folder)), SampleFile(Path(folder))
        spent: list[float] = []
        for number in range(count):
            time.sleep(0.02)  # asked at once again, the system would tell nothing new
            began = time.thread_time()
            file.add(Moment(float(number), monitor.sample()))
            spent.append(time.thread_time() - began)
        cards, why = [card.name for card in monitor.sample().gpus], monitor.no_gpu
        size = (Path(folder) / SAMPLES).stat().st_size
        file.close()
        monitor.close()
    began = time.process_time()
    held = holders()
    told = {
        "samples": count,
        "ms_a_sample": round(1000 * statistics.fmean(spent), 3),
        "ms_the_slowest": round(1000 * max(spent), 3),
        "percent_of_a_core": round(100 * statistics.fmean(spent), 3),
        "aim_percent": 1.0,
        "bytes_a_sample": round(size / count),
        "cards": cards,
        "no_cards": why,
        "ledger_ms": round(1000 * (time.process_time() - began), 1),
        "ledger_holders": len(held),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
