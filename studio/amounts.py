"""Owns what KB, MB and GB mean everywhere, of 1,024 each, as memory is sold and counted; and saying a size in them."""

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30


def file_size(size: float) -> str:
    """A number of bytes in the unit that fits, whether they lie on a disk, in memory, or come over a line."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit in ("B", "KB") or size >= 100 else f"{size:.1f} {unit}"
        size /= KB
    raise AssertionError
