"""Owns moving and doubling the lines that the caret or the selection is on; knows nothing of what they say."""

from typing import TYPE_CHECKING

from studio.scenario import Edit, Span

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


def move_lines(editor: "Editor", steps: int) -> bool:
    """Moves the chosen lines one up (-1) or down (1), caret and selection with them; False at the text's edge."""
    text, (start, end) = editor.text(), _chosen(editor)
    lines = text[start:end]
    if steps < 0:
        if start == 0:
            return False
        above = text.rfind("\n", 0, start - 1) + 1
        edit, moved = Edit(Span(above, end), f"{lines}\n{text[above : start - 1]}"), above - start
    else:
        if end == len(text):
            return False
        below = _line_end(text, end + 1)
        edit, moved = Edit(Span(start, below), f"{text[end + 1 : below]}\n{lines}"), below - end
    return _make(editor, edit, moved)


def double_lines(editor: "Editor") -> bool:
    """Writes the chosen lines once more below; the caret goes to the copy."""
    text, (start, end) = editor.text(), _chosen(editor)
    return _make(editor, Edit(Span(end, end), f"\n{text[start:end]}"), end - start + 1)


def _make(editor: "Editor", edit: Edit, moved: int) -> bool:
    cursor = editor.textCursor()
    anchor, caret = (editor.mirror.from_qt(place) for place in (cursor.anchor(), cursor.position()))
    if not editor.apply((edit,)):
        return False
    editor.put_caret(anchor + moved, caret + moved)
    return True


def _chosen(editor: "Editor") -> tuple[int, int]:
    """From the start of the first chosen line to the end of the last; one that is only touched at its start is not."""
    cursor, text = editor.textCursor(), editor.text()
    first, last = (editor.mirror.from_qt(place) for place in (cursor.selectionStart(), cursor.selectionEnd()))
    if last > first and text[last - 1] == "\n":
        last -= 1
    return text.rfind("\n", 0, first) + 1, _line_end(text, last)


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)
