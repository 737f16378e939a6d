"""Owns the ways back where memory does not suffice: which sizes of rows are tried, and how often. Knows no model."""

ATTEMPTS = 5
"""How often a step is tried at most, the last time on the CPU."""


def smaller(size: int) -> tuple[int, ...]:
    """The sizes that are tried one after the other, `size` first and 1 last: halves, or quicker down from large ones,
    so that one of ATTEMPTS is left for the CPU."""
    most = ATTEMPTS - 2
    if size > 1 << most:
        return tuple(round(size ** (power / most)) for power in range(most, -1, -1))
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return tuple(sizes)
