"""Owns an event that native code can ask too, without waiting for Python: one byte that is 0 or 1."""

import ctypes
import threading


class StopFlag(threading.Event):
    """An event whose `byte` is a text of one character once it is set, and empty before."""

    def __init__(self) -> None:
        super().__init__()
        self.byte = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Sets it, for Python and for native code."""
        self.byte[0] = b"\x01"
        super().set()

    def clear(self) -> None:
        """Takes it back."""
        self.byte[0] = b"\x00"
        super().clear()
