"""Owns which kinds of model can be converted: what llama.cpp's converter and the reader of GGUFs say they know.

Both are asked by their source text, so that nothing of them has to be loaded; where that cannot be had, all may pass.
"""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.base import check_weights, json_file
from studio.gguf.errors import UnknownArchitecture
from studio.gguf.reader import Gguf
from studio.setup.places import Places

_READER, _TABLE = Path("integrations") / "ggml.py", "GGUF_CONFIG_MAPPING"
_NO_FAMILY = "general"


def check_architecture(base: Path) -> None:
    """Raises UnknownArchitecture where the converter, or what reads a GGUF for it, does not know a base's kind.

    Of a folder the settings and the weights must be there: raises BaseIncomplete or PickledWeights.
    """
    if not base.is_dir():
        with Gguf(base) as gguf:
            family = gguf.text("general.architecture") or "-"
        if (known := families()) and family not in known:
            raise UnknownArchitecture(path=base, kind=family[:80])
        return
    named = json_file(base, "config.json").get("architectures")
    check_weights(base)
    kinds = [str(name) for name in named] if isinstance(named, list) else []
    text = _text(Places.here().converter / "conversion" / "__init__.py")
    if text and kinds and not any(f'"{kind}":' in text for kind in kinds):
        raise UnknownArchitecture(path=base, kind=kinds[0][:80])


@cache
def families() -> frozenset[str]:
    """The families of GGUFs that transformers reads; none where that is not known."""
    found = find_spec("transformers")
    text = _text(Path(found.origin).parent / _READER) if found is not None and found.origin else ""
    try:
        tables = [node for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    except (SyntaxError, ValueError):
        return frozenset()
    rows = next((node.value for node in tables if ast.unparse(node.targets[0]) == _TABLE), None)
    keys = rows.keys if isinstance(rows, ast.Dict) else []
    return frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant)) - {_NO_FAMILY}


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except LorewrightError:
        return ""
