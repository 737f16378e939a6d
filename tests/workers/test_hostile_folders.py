"""A model's folder from elsewhere: what it brings along is read as data and never run."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.workers.conftest import run_job

pytestmark = pytest.mark.native

CODE = """
from pathlib import Path
Path({marker!r}).touch()
from transformers import PreTrainedTokenizerFast
class Evil(PreTrainedTokenizerFast):
    pass
"""


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What the folder's code would create."""
    return tmp_path / "marker"


@pytest.fixture
def evil(tmp_path: Path, tiny_base: Path, marker: Path) -> Path:
    """A model that runs, with code of its own for its tokeniser and weights that would be unpickled."""
    folder = tmp_path / "evil"
    shutil.copytree(tiny_base, folder)
    (folder / "evil.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    more = {"tokenizer_class": "Evil", "auto_map": {"AutoTokenizer": [None, "evil.Evil"]}}
    path.write_text(json.dumps({**settings, **more}), encoding="utf-8")
    config = folder / "config.json"
    values = json.loads(config.read_text(encoding="utf-8"))
    more = {"architectures": ["LLaDAModelLM"], "auto_map": {"AutoConfig": "evil.Evil"}}  # one that trusts its folder
    config.write_text(json.dumps({**values, **more}), encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place of this test's own for the copies that transformers makes of such code."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "home" / "modules"))


@pytest.mark.usefixtures("home")
async def test_a_folders_code_is_not_run(tmp_path: Path, evil: Path, marker: Path) -> None:
    fields = {"source": str(evil), "out": str(tmp_path / "models"), "quantisations": ["Q8_0"]}
    ended = await run_job("convert", tmp_path / "runs", fields)
    assert "compare" in [event["name"] for event in ended.named("phase")], ended.error
    assert not marker.exists()


@pytest.mark.usefixtures("home")
def test_the_converter_would_run_it(tmp_path: Path, evil: Path, marker: Path) -> None:
    """The twin: the folder as it is, handed to the official converter."""
    from studio.errors import LorewrightError
    from studio.workers._converter import to_gguf

    try:
        to_gguf(evil, tmp_path / "out.gguf", "evil", lambda _share: None, lambda: None)
    except LorewrightError:
        pass  # whether it also converts is not the question
    assert marker.exists()


def test_only_data_is_taken_over(tmp_path: Path, evil: Path) -> None:
    from studio.workers._inert import inert_folder

    (evil / "deep.safetensors.py").write_text("", encoding="utf-8")
    (tmp_path / "blob").write_bytes(b"weights")
    (evil / "model-2.safetensors").symlink_to(tmp_path / "blob")
    made = inert_folder(evil, tmp_path / "made")
    names = {path.name for path in made.iterdir()}
    assert not [name for name in names if name.endswith((".py", ".bin", ".pt"))]
    assert names >= {"model.safetensors", "model-2.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"}
    for name in ("config.json", "tokenizer_config.json"):
        values: Any = json.loads((made / name).read_text(encoding="utf-8"))
        assert values
        assert "auto_map" not in values
    assert (made / "model-2.safetensors").read_bytes() == b"weights"
    assert "auto_map" in (evil / "config.json").read_text(encoding="utf-8")


def test_the_families_that_are_told_without_transformers_are_those_it_reads() -> None:
    from transformers.modeling_gguf_pytorch_utils import GGUF_SUPPORTED_ARCHITECTURES

    from studio.gguf.convertible import families

    assert families() == set(GGUF_SUPPORTED_ARCHITECTURES) - {"general"}
