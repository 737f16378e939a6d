"""What the tests share that run the window's own loop."""

from collections.abc import Callable, Coroutine

Go = Callable[[Coroutine[object, object, None]], None]
"""Runs a coroutine to its end; the fixture `go`."""
