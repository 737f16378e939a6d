from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODEL_DIR: Path
MODEL_FILE: str

class LanguageIdentifier:
    nb_ptc: Any
    nb_pc: Any
    nb_classes: list[str]
    tk_nextmove: Any
    tk_row: Any
    tk_output: Any
    def __init__(
        self,
        nb_ptc: Any,
        nb_pc: Any,
        nb_classes: list[str],
        tk_nextmove: Any,
        tk_output: Sequence[int],
        norm_probs: bool = ...,
        *,
        tk_row: Sequence[int],
    ) -> None: ...
    @classmethod
    def from_model_file(cls, model_file: str | Path, *, norm_probs: bool = ...) -> LanguageIdentifier: ...
    def classify(self, text: str) -> tuple[str, float]: ...
