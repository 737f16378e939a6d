"""What of the studio goes with the friend's player: what is imported, no more, found by reading."""

import sys
from pathlib import Path

from studio.publishing.player_code import needed, put_code, source_of
from studio.resources import resource

PLAYER = sorted(resource("player").glob("*.py"))
OWN = {path.stem for path in PLAYER}


def test_the_player_needs_little_and_nothing_heavy() -> None:
    wanted = needed(PLAYER)
    assert set(wanted.packages) - OWN - sys.stdlib_module_names == {"d20", "pydantic", "yaml"}
    heavy = (
        "studio.inference",
        "studio.jobs",
        "studio.chat",
        "studio.ui",
        "studio.workers",
        "studio.lint",
        "studio.cli",
    )
    assert not [name for name in wanted.modules if name.startswith(heavy)]
    assert {"studio.play.story", "studio.rules.tactics", "studio.scenario.parser"} <= set(wanted.modules)
    assert sum(source.stat().st_size for name in wanted.modules if (source := source_of(name))) < 500_000


def test_what_a_program_imports_goes_along_with_what_that_needs(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from typing import TYPE_CHECKING\n"
        "import numpy\n"
        "if TYPE_CHECKING:\n    from studio.inference.engine import Engine\n"
        "def later():\n    from studio.rules import expression\n",
        encoding="utf-8",
    )
    wanted = needed([program])
    assert {"studio", "studio.rules", "studio.rules.expression", "studio.rules.dice"} <= set(wanted.modules)
    assert not any(name.startswith("studio.inference") for name in wanted.modules)
    assert {"numpy", "d20"} <= set(wanted.packages)
    program.write_text("from studio.inference.engine import Engine\n", encoding="utf-8")
    assert "studio.jobs.process" in needed([program]).modules


def test_shipped_data_goes_along_with_what_its_licence_asks_for(tmp_path: Path) -> None:
    wanted = needed(PLAYER)
    put_code(tmp_path, wanted)
    assert {"tools.yaml", "rules/rules.yaml", "rules/combat.yaml"} <= set(wanted.data)
    for name in (*wanted.data, "rules/ATTRIBUTION.md"):
        assert (tmp_path / "studio" / "_resources" / name).read_bytes() == resource(name).read_bytes()
    assert "Creative" in (tmp_path / "studio" / "_resources" / "rules" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for name in wanted.modules:
        source = source_of(name)
        assert source is not None
        assert (tmp_path / source.relative_to(source_of("studio").parents[1])).read_bytes() == source.read_bytes()  # type: ignore[union-attr]
