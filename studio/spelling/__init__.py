"""Spelling of a scenario's prose: a dictionary, the names that scenario and workspace add, and what is misspelt."""

from studio.spelling.checking import Speller
from studio.spelling.dictionary import Dictionary
from studio.spelling.names import NO_NAMES, Names, names_of
from studio.spelling.wordlist import WordList

__all__ = ["NO_NAMES", "Dictionary", "Names", "Speller", "WordList", "names_of"]
