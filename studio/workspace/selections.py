"""Owns which rules speak about a scenario: the `lint` settings of the workspace in which it lies; knows no rule."""

from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.language import _
from studio.lint import BadSelection, Selection
from studio.lint.table import unknown_code
from studio.scenario.tables import LIMIT, Unreadable, table_of
from studio.workspace.folder import MARKER
from studio.workspace.game import marked


class Selections:
    """The selections of scenarios, each workspace's settings read once; what cannot be used silences nothing.

    `select` and `ignore` are codes that a person named on top of the settings; the settings of the workspace
    `otherwise` serve for what lies in none.
    """

    def __init__(
        self, select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), otherwise: Path | None = None
    ) -> None:
        self.troubles: list[LorewrightError] = []
        self._select, self._ignore, self._otherwise = select, ignore, otherwise
        self._by_folder: dict[Path, Selection] = {}

    def of(self, scenario: Path) -> Selection:
        """The selection for a scenario."""
        return self._near(scenario.absolute().parent)

    def _near(self, folder: Path) -> Selection:
        if folder not in self._by_folder:
            if marked(folder):
                self._by_folder[folder] = self._read(folder).narrowed(self._select, self._ignore)
            elif folder.parent != folder:
                self._by_folder[folder] = self._near(folder.parent)
            else:
                other = self._otherwise
                found = self._read(other) if other is not None and marked(other) else Selection()
                self._by_folder[folder] = found.narrowed(self._select, self._ignore)
        return self._by_folder[folder]

    def _read(self, root: Path) -> Selection:
        try:
            return read_selection(root)
        except LorewrightError as error:
            if str(error) not in map(str, self.troubles):  # a workspace may be both near and named
                self.troubles.append(error)
            return Selection(root=root)


def checks_of(root: Path) -> tuple[Selection, tuple[LorewrightError, ...]]:
    """What the settings of a workspace's checks say, and what of them cannot be used."""
    selections = Selections()
    return selections.of(root / MARKER), tuple(selections.troubles)


def read_selection(root: Path) -> Selection:
    """The `lint` settings of a workspace; raises BadSelection, or the errors of reading a file."""
    path = root / MARKER
    text = read_text(path, LIMIT)
    if "lint" not in text:
        return Selection(root=root)
    try:
        settings = table_of(text)
    except Unreadable as error:
        raise BadSelection(path=path, reason=f"{str(error)[:200]}.") from error
    selection = Selection.of(settings.get("lint") if isinstance(settings, dict) else None, root, path)
    named = (*selection.select, *selection.ignore, *(code for _pattern, codes in selection.per_file for code in codes))
    unknown = unknown_code(named)
    if unknown is not None:
        raise BadSelection(path=path, reason=_("no rule is called {code}.").format(code=unknown))
    return selection
