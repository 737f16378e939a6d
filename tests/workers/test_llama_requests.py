"""Where the layers of a model go when nobody says, and when somebody does."""

import queue
from pathlib import Path

import pytest

pytestmark = pytest.mark.native

requests = pytest.importorskip("studio.workers._llama_requests")


class Reached(Exception):
    """The load got as far as llama.cpp."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The layers that llama.cpp is asked for, by what its build can do and what the request says."""
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")

    def load(gpu: bool, **fields: object) -> int:
        seen: queue.SimpleQueue[int] = queue.SimpleQueue()

        def stop(_path: Path, *, gpu_layers: int, **_more: object) -> None:
            seen.put(gpu_layers)
            raise Reached

        monkeypatch.setattr(requests.ll, "llama_supports_gpu_offload", lambda: gpu)
        monkeypatch.setattr(requests, "LlamaModel", stop)
        request = requests.Request(None, 1, "load", {"path": str(model), **fields})
        with pytest.raises(Reached):
            requests.LlamaWorker().load(request)
        return seen.get()

    return load


@pytest.mark.parametrize("fields", [{}, {"gpu_layers": None}])
def test_every_layer_lies_on_the_gpu_where_there_is_one(asked, fields):
    assert asked(True, **fields) == 999
    assert asked(False, **fields) == 0


def test_who_says_none_gets_none(asked):
    assert asked(True, gpu_layers=0) == 0
    assert asked(True, gpu_layers=7) == 7
    assert asked(True, gpu_layers=None, threads=0, context=0) == 999
