"""The language model unpacked: the same answers, and no harm from a damaged or forbidden folder."""

from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from studio.dataset.audit import language_model
from studio.dataset.audit.language_model import identifier

TEXTS = (
    "Das Haus steht am Fluss.",
    "La maison est au bord.",
    "The inn is by the river.",
    "川のそばの家です。",
    "",
    "\ud800x",
)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caches") / "model"
    identifier(folder)
    return folder


def said(by: LanguageIdentifier) -> list[tuple[str, float]]:
    return [by.classify(text) for text in TEXTS]


def no_packed(*_args: object, **_more: object) -> LanguageIdentifier:
    raise AssertionError("the packed model was opened")


def test_the_unpacked_model_says_the_same_and_spares_the_packed_one(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = said(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
    assert [code for code, _sure in packed][:4] == ["de", "fr", "en", "ja"]
    monkeypatch.setattr(LanguageIdentifier, "from_model_file", no_packed)
    assert said(identifier(unpacked)) == packed
    assert [path.name for path in unpacked.parent.iterdir()] == ["model"], "nothing half is left"


@pytest.mark.parametrize("part", language_model._PARTS)
def test_a_torn_part_is_noticed_and_mended(unpacked: Path, part: str, tmp_path: Path) -> None:
    torn = unpacked / f"{part}.npy"
    whole = torn.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    try:
        assert identifier(unpacked).classify(TEXTS[0])[0] == "de"
        assert torn.read_bytes() == whole
    finally:
        torn.write_bytes(whole)


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert identifier(tmp_path / "file" / "model").classify(TEXTS[0])[0] == "de"


def test_nobody_knows_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert identifier().classify(TEXTS[0])[0] == "de"
