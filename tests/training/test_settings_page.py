"""docs/training.md lists every setting with what it takes and every profile, as the code has them."""

from pathlib import Path

import pytest

from studio.faults import valid
from studio.training.config import TrainingConfig, settings
from studio.training.names import flat
from studio.training.profiles import profile, profiles


def rows() -> list[str]:
    """The table of settings as it should stand in the page."""
    defaults = flat(TrainingConfig.model_validate({"base": "-", "scenarios": ["-"]}).model_dump(mode="json"))
    lines = []
    for name, schema in settings().items():
        value = {"base": "the profile's", "scenarios": "all of the workspace"}.get(name) or _shown(defaults[name])
        lines.append(f"| `{name}` | {valid(schema)} | {value} |")
    return lines


def _shown(value: object) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.fixture
def page(root: Path) -> list[str]:
    return (root / "docs" / "training.md").read_text(encoding="utf-8").splitlines()


def test_the_table_of_settings_is_that_of_the_code(page: list[str]) -> None:
    start = page.index("| Setting | Takes | Without a profile |") + 2
    end = next((at for at in range(start, len(page)) if not page[at].startswith("|")), len(page))
    assert page[start:end] == rows(), "the table should be:\n" + "\n".join(rows())


def test_every_profile_stands_there_with_its_base(page: list[str]) -> None:
    for name in profiles():
        (line,) = [line for line in page if line.startswith(f"| `{name}`")]
        assert line.endswith(f"| `{profile(name).base}` |")
