"""Owns reading the SYSTEM block: its sections and the party's sheets, with spans; knows nothing of turns."""

from dataclasses import dataclass, field

from studio.scenario.fields import read_item, read_number, read_pair, read_skill, split_list
from studio.scenario.markdown import Mark, find_marks
from studio.scenario.model import Character, Item, Span, SystemContext, plain_name
from studio.scenario.problems import Edit, Problem, ProblemKind

SECTIONS = ("role", "world", "location", "party")
"""The sections of SYSTEM, lower case."""

FIELDS = {
    "level": "level",
    "health": "health",
    "hp": "health",
    "exp": "experience",
    "xp": "experience",
    "experience": "experience",
    "inventory": "inventory",
    "spells": "spells",
    "skills": "skills",
}
"""The keys of a sheet, lower case, and the field each fills."""

WRITTEN = {
    "level": "Level",
    "health": "Health",
    "experience": "Exp",
    "inventory": "Inventory",
    "spells": "Spells",
    "skills": "Skills",
}
"""How a sheet writes the key of each field."""

_KINDS = frozenset(("player", "npc", "pc", "companion", "enemy", "enemies", "ally", "foe", "monster", "hireling"))


@dataclass(slots=True)
class _Sheet:
    """One character while it is read."""

    name: str
    span: Span
    spans: dict[str, Span] = field(default_factory=dict)
    plain: list[Span] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    skills: dict[str, int] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)


def read_system(text: str, span: Span, content: Span) -> tuple[SystemContext, list[Problem]]:
    """The SYSTEM block whose content stands at `content`, and what is wrong in it."""
    reader = _Reader(text, content)
    reader.run()
    sections = reader.sections
    texts = {name: text[place.start : place.end] or None for name, place in sections.items()}
    context = SystemContext(
        content=text[content.start : content.end],
        role=texts.get("role"),
        world=texts.get("world"),
        location=texts.get("location"),
        party=tuple(reader.party),
        span=span,
        content_span=content,
        section_spans=sections,
    )
    return context, reader.problems


class _Reader:
    """One pass over the marks of SYSTEM."""

    def __init__(self, text: str, content: Span) -> None:
        self.text = text
        self.content = content
        self.sections: dict[str, Span] = {}
        self.party: list[Character] = []
        self.problems: list[Problem] = []
        self._sheet: _Sheet | None = None

    def run(self) -> None:
        """Reads all headings and list items."""
        marks = find_marks(self.text, self.content.start, self.content.end)
        headings = [mark for mark in marks if mark.level in (1, 2) and mark.depth == 0]
        ends = [mark.line for mark in headings[1:]] + [self.content.end]
        section_ends = self._section_ends(headings)
        places = {mark.line: end for mark, end in zip(headings, ends, strict=False)}
        section: str | None = None
        for mark in marks:
            if mark.level == 1 and mark.depth == 0:
                self._finish()
                section = self._section(mark, section_ends[mark.line])
            elif mark.level == 2 and mark.depth == 0:
                self._finish()
                self._character(mark, places[mark.line], section)
            elif mark.level == 0 and mark.depth == 0 and self._sheet:
                self._line(self._sheet, mark)
        self._finish()

    def _section_ends(self, headings: list[Mark]) -> dict[int, int]:
        tops = [mark for mark in headings if mark.level == 1]
        ends = [mark.line for mark in tops[1:]] + [self.content.end]
        return {mark.line: end for mark, end in zip(tops, ends, strict=False)}

    def _words(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def _report(self, kind: ProblemKind, span: Span, edit: Edit | None = None, **fields: str) -> None:
        self.problems.append(Problem(kind, span, fields, edit))

    def _section(self, mark: Mark, end: int) -> str:
        title = self._words(mark.text)
        name = title.lower().rstrip(":").strip()
        where = Span(mark.line, max(mark.text.end, mark.line + 1))
        if name not in SECTIONS:
            self._report(ProblemKind.SECTION_UNKNOWN, mark.text, title=title)
        elif name in self.sections:
            self._report(ProblemKind.SECTION_TWICE, where, title=title)
        else:
            self.sections[name] = _trimmed(self.text, self._after(mark), end)
        return name

    def _after(self, mark: Mark) -> int:
        """Where the text after a heading begins: its line's end, and the underline of one that has it."""
        place = _line_end(self.text, mark.text.end)
        hashed = self.text.startswith("#", mark.line)
        return place if hashed else _line_end(self.text, place)

    def _character(self, mark: Mark, end: int, section: str | None) -> None:
        name = self._words(mark.text)
        if section != "party":
            if section in SECTIONS or section is None:
                self._report(ProblemKind.CHARACTER_ELSEWHERE, mark.text, name=name)
            return
        if not name:
            self._report(ProblemKind.CHARACTER_NAMELESS, Span(mark.line, mark.line + 2))
            return
        while end > mark.text.end and self.text[end - 1].isspace():
            end -= 1
        self._sheet = _Sheet(name, Span(mark.line, end), {"name": mark.text})

    def _line(self, sheet: _Sheet, mark: Mark) -> None:
        """One list line: `Key: value`, `Level 3`, or a plain word."""
        words = self._words(mark.text)
        key, colon, rest = words.partition(":")
        if colon and len(key) <= 40 and "\n" not in key:
            left = mark.text.start + len(key) + 1 + len(rest) - len(rest.lstrip())
            self._keyed(sheet, key.strip(), Span(left, max(left, mark.text.end)), mark.text)
        elif words.lower().startswith("level ") or words.lower() == "level":
            left = min(mark.text.start + 6, mark.text.end)
            self._keyed(sheet, "level", Span(left, mark.text.end), mark.text)
        elif words:
            sheet.plain.append(mark.text)

    def _keyed(self, sheet: _Sheet, key: str, value: Span, line: Span) -> None:
        name = FIELDS.get(key.lower())
        if name is None:
            sheet.other.setdefault(key, self._words(value))
            sheet.spans.setdefault(f"other.{key}", value)
            sheet.spans.setdefault(f"key.{key}", Span(line.start, line.start + len(key)))
            return
        if name in sheet.spans:
            self._report(ProblemKind.FIELD_TWICE, line, name=sheet.name, key=WRITTEN[name])
            return
        sheet.spans[name] = value
        self._value(sheet, name, value)

    def _value(self, sheet: _Sheet, name: str, value: Span) -> None:
        words = self._words(value).strip()
        if name == "skills":
            self._skills(sheet, value)
            return
        if name == "inventory":
            sheet.values[name] = self._inventory(sheet, value)
            return
        if name == "spells":
            sheet.values[name] = tuple(words[a:b] for a, b in split_list(words))
            return
        read = read_number(words) if name == "level" else read_pair(words)
        sheet.values[name] = read
        if read is None:
            self._report(ProblemKind.FIELD_BAD, value, name=sheet.name, field=name, value=words)

    def _inventory(self, sheet: _Sheet, value: Span) -> tuple[Item, ...]:
        words, items = self._words(value), []
        for start, end in split_list(words):
            item = read_item(words[start:end])
            if item.count < 1:
                span = Span(value.start + start, value.start + end)
                self._report(ProblemKind.COUNT_BAD, span, name=sheet.name, item=words[start:end])
            items.append(item)
        return tuple(items)

    def _skills(self, sheet: _Sheet, value: Span) -> None:
        words, seen = self._words(value), set[str]()
        for start, end in split_list(words):
            entry, span = read_skill(words[start:end]), Span(value.start + start, value.start + end)
            if entry is None:
                self._report(ProblemKind.SKILL_BAD, span, name=sheet.name, entry=words[start:end])
            elif plain_name(entry[0]) in seen:
                self._report(ProblemKind.SKILL_TWICE, span, name=sheet.name, skill=entry[0])
            else:
                seen.add(plain_name(entry[0]))
                sheet.skills[entry[0]] = entry[1]
                sheet.spans[f"skills.{entry[0]}"] = Span(span.start, span.start + len(entry[0]))

    def _finish(self) -> None:
        """Makes the character that was read so far."""
        sheet, self._sheet = self._sheet, None
        if sheet is None:
            return
        kind, class_name = self._kind_and_class(sheet)
        for extra in sheet.plain[2:]:
            self._report(ProblemKind.LINE_EXTRA, extra, name=sheet.name, line=self._words(extra))
        values = sheet.values
        self.party.append(
            Character(
                name=sheet.name,
                kind=kind,
                class_name=class_name,
                level=values.get("level"),  # type: ignore[arg-type]  # read_number made it
                health=values.get("health"),  # type: ignore[arg-type]  # read_pair made it
                experience=values.get("experience"),  # type: ignore[arg-type]  # read_pair made it
                inventory=values.get("inventory", ()),  # type: ignore[arg-type]  # _inventory made it
                spells=values.get("spells", ()),  # type: ignore[arg-type]  # split_list made it
                skills=sheet.skills,
                other=sheet.other,
                span=sheet.span,
                field_spans=sheet.spans,
            )
        )

    def _kind_and_class(self, sheet: _Sheet) -> tuple[str | None, str | None]:
        """The first plain line is the kind, the second the class; one alone is what it reads like."""
        lines = sheet.plain[:2]
        kinds = [bool(_KINDS.intersection(self._words(line).lower().replace("-", " ").split())) for line in lines]
        names = ["kind", "class_name"]
        if kinds == [False] or kinds == [False, True]:
            names.reverse()
        sheet.spans.update(zip(names, lines, strict=False))
        found = dict(zip(names, map(self._words, lines), strict=False))
        return found.get("kind"), found.get("class_name")


def _trimmed(text: str, start: int, end: int) -> Span:
    """The stretch without blank space at its ends; an empty one stands where it would begin."""
    words = text[start:end]
    bare = words.strip()
    left = start + len(words) - len(words.lstrip()) if bare else min(start, end)
    return Span(left, left + len(bare))


def _line_end(text: str, place: int) -> int:
    """Where the line after `place` begins."""
    while place < len(text) and text[place] not in "\r\n":
        place += 1
    return place + 2 if text.startswith("\r\n", place) else min(place + 1, len(text))
