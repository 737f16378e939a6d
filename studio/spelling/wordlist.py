"""Owns the words that a workspace knows: a text file, a word a line; knows no dictionary."""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, PathMissing
from studio.files import read_text, save_atomic
from studio.language import N_

FILE_LIMIT = 1024 * 1024
"""Bytes of the longest word list that is read."""
_HEAD = "# Words that this workspace knows, one a line.\n"


class NotAWord(InputError):
    """What cannot stand in the list: nothing, or more than one line."""

    sentence = N_("“{word}” is not a word that can be added.")


@dataclass(frozen=True, slots=True)
class WordList:
    """The list at `path`."""

    path: Path

    def words(self) -> tuple[str, ...]:
        """The words, in their order; none where there is no file. Raises UnreadableFile, TooLarge or NotText."""
        try:
            text = read_text(self.path, FILE_LIMIT)
        except PathMissing:
            return ()
        lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
        return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))

    def add(self, word: str) -> tuple[str, ...]:
        """Adds a word and returns all; a list that cannot be read is never written. Raises NotAWord, NotSaved, or
        what `words` raises.
        """
        plain = word.replace("’", "'").strip()
        if not plain or len(plain) > 100 or len(plain.splitlines()) != 1 or plain.startswith("#"):
            raise NotAWord(word=word)
        known = self.words()
        if plain in known:
            return known
        before = read_text(self.path, FILE_LIMIT) if self.path.exists() else _HEAD
        gap = "" if before.endswith(("\n", "\r")) or not before else "\n"
        save_atomic(self.path, f"{before}{gap}{plain}\n")
        return (*known, plain)
