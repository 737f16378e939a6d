"""The glossary: two plain sentences a word, every setting of a training and every technical label on screen has one."""

import re

import pytest

from studio.glossary import Term, explained, glossary, of_label, of_setting
from studio.training.config import settings

_END = re.compile(r"[.!?](?= [A-Z0-9]|$)")


@pytest.mark.parametrize("term", glossary().values(), ids=lambda term: term.key)
def test_a_term_is_two_sentences_that_a_tooltip_can_hold(term: Term) -> None:
    told = term.says.replace("\n", " ")
    assert len(_END.findall(told)) == 2, told
    assert 40 < len(told) < 300 and max(map(len, term.says.splitlines())) <= 56
    assert term.word and len(term.word) < 40
    assert explained(term.key) == term.says


def test_every_setting_of_a_training_is_explained_once() -> None:
    told = [name for term in glossary().values() for name in term.settings]
    assert sorted(told) == sorted(set(told))
    missing = sorted(set(settings()) - set(told))
    assert not missing, f"resources/glossary.yaml explains no {missing}"
    assert not set(told) - set(settings()), "what is explained is no setting any more"
    term = of_setting("lora.rank")
    assert term is not None and term.key == "rank"


def test_a_label_finds_its_term() -> None:
    for label, key in (("Learning rate", "learning_rate"), ("VRAM", "vram"), ("Loss, unseen turns", "validation_loss"),
                       ("loss:", "loss"), ("Bits a weight", "bits_a_weight"), ("Cohen's kappa", "kappa")):  # fmt: skip
        term = of_label(label)
        assert term is not None and term.key == key, label
    assert of_label("Accept") is None
