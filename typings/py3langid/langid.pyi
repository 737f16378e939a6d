from pathlib import Path

MODEL_FILE: str | Path

class LanguageIdentifier:
    @classmethod
    def from_model_file(cls, model_file: str | Path, *, norm_probs: bool = ...) -> LanguageIdentifier: ...
    def classify(self, text: str) -> tuple[str, float]: ...
