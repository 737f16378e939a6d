"""Owns saying, before the first download, what cannot work on a machine; changes nothing."""

from studio.amounts import GB
from studio.language import _
from studio.setup.machine import Machine
from studio.setup.tables import table


def problems(machine: Machine, free: int, present: int = 0, *, writable: bool = True) -> list[str]:
    """A sentence for each thing that makes set-up pointless here; `free` bytes of disk, `present` used by us."""
    return [*_python(machine), *_platform(machine), *_disk(machine, free, present), *_rights(writable)]


def _python(machine: Machine) -> list[str]:
    limits = table("platforms")["python"]
    found = ".".join(map(str, machine.python))
    oldest, newest = (".".join(map(str, limits[end])) for end in ("oldest", "newest"))
    if machine.bits != 64:
        return [_("This is a 32-bit Python; PyTorch and Qt need a 64-bit one. Install it from python.org.")]
    if machine.python < tuple(limits["oldest"]) or machine.python > tuple(limits["newest"]):
        return [
            _(
                "This is Python {found}; the studio needs {oldest} to {newest}, as its packages have no wheels for "
                "others. Install one of those from python.org and start with it (`python{newest} launch.py`)."
            ).format(found=found, oldest=oldest, newest=newest)
        ]
    return []


def _platform(machine: Machine) -> list[str]:
    rows = [row for row in table("platforms")["platform"] if row["system"] == machine.system]
    row = next((row for row in rows if row["architecture"] == machine.architecture), None)
    if row is None:
        known = ", ".join(f"{row['system']} {row['architecture']}" for row in table("platforms")["platform"])
        return [
            _(
                "{system} on {architecture} is not supported: PyTorch or Qt have no wheels for it. Supported: {known}."
            ).format(system=machine.system, architecture=machine.architecture, known=known)
        ]
    name, version = machine.libc
    if "libc" in row and name == "musl":
        return [
            _("This Linux uses musl, for which Qt and PyTorch have no wheels. Use one with glibc, as in a container.")
        ]
    if "libc" in row and name == "glibc" and version < tuple(row["libc"]):
        needed, found = ".".join(map(str, row["libc"])), ".".join(map(str, version))
        return [
            _("This Linux has glibc {found}; Qt needs {needed}. Use a newer release.").format(
                found=found, needed=needed
            )
        ]
    if "release" in row and machine.release < tuple(row["release"]):
        needed = ".".join(map(str, row["release"]))
        return [
            _("This is {system} {found}; {needed} or newer is needed.").format(
                system=machine.system, found=".".join(map(str, machine.release)), needed=needed
            )
        ]
    return []


def _rights(writable: bool) -> list[str]:
    if writable:
        return []
    return [_("This folder cannot be written to. Copy it to a place of your own, such as your home, and start there.")]


def needed_disk(machine: Machine) -> int:
    """Bytes that all parts take on this machine."""
    sizes = table("platforms")["disk"]
    return int(next((sizes[kind] for kind in ("nvidia", "amd") if machine.card(kind)), sizes["cpu"]))


def _disk(machine: Machine, free: int, present: int) -> list[str]:
    needed = needed_disk(machine) - present
    if free >= needed:
        return []
    return [
        _(
            "Set-up needs {needed:.1f} GB of disk here and {free:.1f} GB are free. Free some, or move this folder."
        ).format(needed=needed / GB, free=free / GB)
    ]
