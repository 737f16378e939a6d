"""Owns how typed letters find commands; knows no widget."""


def score(wanted: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    """How well the letters of `wanted` occur in order in `text`, with their places; None where they do not.

    Letters at the starts of words and letters that follow each other count more; case and spaces do not.
    """
    letters = [letter for letter in wanted.casefold() if not letter.isspace()]
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text.lower() if len(text.lower()) == len(text) else text
    best: tuple[int, tuple[int, ...]] | None = None
    for start in [i for i, letter in enumerate(folded) if letters and letter == letters[0]] or (
        [0] if not letters else []
    ):
        places = _places(letters, folded, start)
        if places is not None:
            points = _points(places, folded)
            if best is None or points > best[0]:
                best = points, places
    return best


def _places(letters: list[str], text: str, start: int) -> tuple[int, ...] | None:
    """Where each letter occurs after `start`, at the start of a word rather than inside one."""
    places: list[int] = []
    after = start
    for letter in letters:
        direct = after if after < len(text) and text[after] == letter else -1
        word = text.find(" " + letter, max(0, after - 1)) if places else -1
        at = direct if direct >= 0 else (word + 1 if word >= 0 else text.find(letter, after))
        if at < 0:
            return None
        places.append(at)
        after = at + 1
    return tuple(places)


def _points(places: tuple[int, ...], text: str) -> int:
    points = 0
    for index, at in enumerate(places):
        points += 8 if at == 0 or not text[at - 1].isalnum() else 0
        points += 9 if index and places[index - 1] == at - 1 else 0
    return points * 4 - (places[0] if places else 0) - len(text) // 8
