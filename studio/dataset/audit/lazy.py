"""Owns values of an object that are made when they are first asked for; takes no lock, for an object of one thread."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # stands where `property` would
    """As `functools.cached_property`, which before Python 3.12 locks each time; here that is most of its cost."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> T:
        value = self._make(owner)
        owner.__dict__[self._name] = value
        return value
