"""Worker `convert`: one run or base made into GGUF files, held against what they were made from; then it ends.

Request `convert {source, out, quantisations, run, name=null, cache=null}`. Events: `phase {name}` (merge, convert,
quantise, compare), `progress {part, fraction}`, `compared {file, …}`; `done` carries the report. The files lie under
`out/NAME/` with `card.json` only when all is well.
"""

import datetime
import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import yaml

from studio.errors import NotSaved
from studio.files import save_atomic, sha256_of, sync_folder
from studio.gguf.errors import ConversionWrong, UnknownQuantisation
from studio.gguf.quantisations import BY_QUANTISATION, QUANTISATIONS
from studio.gguf.reader import Gguf
from studio.gguf.spm import name_that_drops_right
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, REPORT
from studio.workers._base import load_model
from studio.workers._compare import Comparison, compare, reference
from studio.workers._converter import quantise, still_quantising, to_gguf
from studio.workers._inert import inert_folder
from studio.workers._merge import Source, merged_folder, source_of
from studio.workers._places import cache_of, run_folder
from studio.workers._serve import Request, serve
from studio.workers._workshop import workshop

CARD = "card.json"
_PLAIN = "F16"
_LEAST_TOP1 = 0.9
"""An F16 file that agrees less often than this with its source was converted wrongly."""


@dataclass(frozen=True, slots=True)
class Made:
    """One finished file; `size` in bytes, `bits` the true bits a weight."""

    file: str
    quantisation: str
    size: int
    bits: float
    sha256: str
    comparison: Comparison


def convert(request: Request) -> Fields:
    """Runs the job that a request describes."""
    folder, out = run_folder(request), Path(request.get("out", str))
    kinds = _kinds(request.get("quantisations", list))
    request.journal_to(folder)
    name = request.fields.get("name")
    source = _named(out, source_of(Path(request.get("source", str)), name if isinstance(name, str) else None))
    settings = {"source": str(source.path), "base": str(source.base.path), "name": source.name, "quantisations": kinds}
    save_atomic(folder / CONFIG, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
    with workshop(out) as building:
        made = _make(request, source, kinds, Path(building), cache_of(request, folder))
        request.check()
        target = _put(Path(building), out, source, made)
    report: Fields = {
        "gguf": str(target / made[0].file),
        "model": str(target),
        "adapter": source.trained,
        "files": [asdict(row) for row in made],
    }
    save_atomic(folder / REPORT, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return {"report": report}


def _kinds(asked: Sequence[object]) -> list[str]:
    known = [kind.name for kind in QUANTISATIONS]
    kinds = [str(name) for name in asked] or ["Q4_K_M"]
    for name in kinds:
        if name not in BY_QUANTISATION:
            raise UnknownQuantisation(name=name, known=", ".join(known))
    return list(dict.fromkeys(kinds))


def _make(request: Request, source: Source, kinds: Sequence[str], building: Path, cache: Path) -> list[Made]:
    request.emit("phase", name="merge")
    whole = building / "merged"
    whole.mkdir()
    model_folder = inert_folder(merged_folder(source, cache, whole, request.check), building / "inert")
    request.check()
    request.emit("phase", name="convert")
    plain = building / f"{source.name}-{_PLAIN}.gguf"
    to_gguf(model_folder, plain, _inner_name(source), _teller(request, "convert"), request.check)
    request.emit("phase", name="quantise")
    files = {_PLAIN: plain}
    for kind in kinds:
        if kind != _PLAIN:
            files[kind] = building / f"{source.name}-{kind}.gguf"
            quantise(plain, files[kind], kind, torch.get_num_threads(), _teller(request, "quantise"), request.check)
    request.emit("phase", name="compare")
    made = _compared(request, source, model_folder, files)
    return [made[kind] for kind in kinds]


def _inner_name(source: Source) -> str:
    """The name inside the file, from which llama.cpp takes how some families' control tokens are read."""
    drops = source.base.tokeniser.drops_right and source.base.tokeniser.id_of("<|endoftext|>") is not None
    return name_that_drops_right(source.name) if drops else source.name


def _teller(request: Request, part: str):  # type: ignore[no-untyped-def]  # a closure over the last share that was told
    told = -1.0

    def tell(fraction: float) -> None:
        nonlocal told
        if fraction - told >= 0.02 or fraction >= 1 > told:
            told = fraction
            request.emit("progress", part=part, fraction=round(fraction, 3))

    return tell


def _compared(request: Request, source: Source, model_folder: Path, files: dict[str, Path]) -> dict[str, Made]:
    known = reference(source.base, load_model(model_folder, torch.float32))
    made: dict[str, Made] = {}
    for number, (kind, path) in enumerate(files.items()):
        request.check()
        made[kind] = _examined(kind, path, compare(path, known))
        request.emit("compared", **asdict(made[kind]))
        request.emit("progress", part="compare", fraction=round((number + 1) / len(files), 3))
    return made


def _examined(kind: str, path: Path, comparison: Comparison) -> Made:
    if not comparison.ids_identical:
        raise ConversionWrong(file=path.name, detail="its tokeniser gives other ids")
    if kind == _PLAIN and comparison.top1 < _LEAST_TOP1:
        raise ConversionWrong(file=path.name, detail=f"the likeliest token agrees in {comparison.top1:.0%} only")
    with Gguf(path) as gguf:
        return Made(path.name, kind, gguf.bytes, round(gguf.bits_per_weight, 3), sha256_of(path), comparison)


def _put(building: Path, out: Path, source: Source, made: Sequence[Made]) -> Path:
    """Moves the finished files to their final folder, the card last; another model of that name is left alone."""
    target = out / source.name
    card = target / CARD
    old = json.loads(card.read_text(encoding="utf-8"))["files"] if card.is_file() else []
    kept = [row for row in old if row["file"] not in {new.file for new in made}]
    values = {
        "format": 1,
        "name": source.name,
        "source": str(source.path),
        "base": source.base.name,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "files": [*kept, *(asdict(row) for row in made)],
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        for row in made:
            (building / row.file).replace(target / row.file)
        sync_folder(target)
    except OSError as error:
        raise NotSaved(path=target, reason=error.strerror or str(error)) from error
    save_atomic(card, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    return target


def _named(out: Path, source: Source) -> Source:
    """The source under the name it will have, numbered from 2 where a model from elsewhere has that name."""
    for number in itertools.count(1):
        name = source.name if number == 1 else f"{source.name}-{number}"
        if not (out / name).exists() or _made_from(out / name / CARD) == str(source.path):
            return replace(source, name=name)
    raise AssertionError("numbers do not end")


def _made_from(card: Path) -> str | None:
    try:
        return str(json.loads(card.read_text(encoding="utf-8"))["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main() -> None:
    """Serves one job."""
    serve({"convert": convert}, one_job=True)
    if still_quantising():  # a cancelled one: Python must not be taken down under native code that may call it
        os._exit(0)


if __name__ == "__main__":
    main()
