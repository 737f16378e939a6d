"""How the narrator is asked: ways by name, a person's own, and what was chosen last."""

from dataclasses import replace

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.inference.sampling import Sampling
from studio.ui.context import Context
from studio.ui.play import presets
from studio.ui.play.presets import SHIPPED, Options
from studio.ui.play.sampler import Sampler


def test_what_was_chosen_last_is_found_again_and_damage_is_the_default(context: Context) -> None:
    settings = context.settings
    assert presets.last(settings) == Options()
    wild = Options(SHIPPED["wild"][1], grammar=True, when_full="summary")
    presets.keep_last(settings, wild)
    assert presets.last(settings) == wild
    for bad in ("{", "[]", '{"sampling": {"temperature": "hot"}}', '{"sampling": 3}'):
        settings.set("play.sampling", bad)
        assert presets.last(settings).sampling == Options().sampling


def test_values_out_of_bounds_are_brought_within(context: Context) -> None:
    presets.keep_own(context.settings, "odd", replace(Sampling(), temperature=900.0, max_tokens=10**9))
    (odd,) = presets.own(context.settings).values()
    assert (odd.temperature, odd.max_tokens) == (2.0, 4096)


def test_a_way_of_ones_own_is_kept_chosen_and_forgotten(context: Context, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    sampler = Sampler(context.theme, parent, context.settings, Options())
    heard: list[Options] = []
    sampler.changed.connect(heard.append)
    assert sampler.preset.currentIndex() == 0, "the likeliest words are the usual way"
    sampler.fields["temperature"].setValue(0.35)
    assert heard[-1].sampling.temperature == 0.35 and sampler.preset.currentIndex() == -1
    sampler.name.setText("quiet")
    sampler._keep()
    assert presets.own(context.settings)["quiet"].temperature == 0.35
    assert "quiet" in sampler.preset.currentText() and sampler._forget.isEnabled()
    sampler.preset.setCurrentIndex(2)
    sampler._chosen(2)
    assert heard[-1].sampling == SHIPPED["wild"][1]
    sampler.grammar.setChecked(True)
    assert heard[-1].grammar
    sampler.preset.setCurrentIndex(3)
    sampler._drop()
    assert not presets.own(context.settings)
