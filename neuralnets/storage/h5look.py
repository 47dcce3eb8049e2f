"""A look at an HDF5 file from elsewhere: nothing in it may lead out of it.

    python h5look.py FILE BYTES SECONDS

As a program it reads all of a file, in a process whose crash is no harm. It knows
nothing of the project, so that it starts quickly.
"""

import contextlib
import sys

import h5py

_MOST_THINGS = 100_000
_MEMORY = 2 << 30  # bytes that reading may take, and more for a large file


def check_inside(file):
    """Raise unless all that a file holds is kept in the file itself.

    Links to other places and data sets that lie elsewhere are refused before anything
    is opened that they name, which may be a pipe that nobody writes to.

    Yields:
        What is in the file, one after another.

    Raises:
        ValueError: The message names the first thing that leads elsewhere.
    """
    groups, seen = [file], set()
    while groups:
        group = groups.pop()
        for name in group:
            place = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"'{place}' is a link")
            thing = group[name]
            address = h5py.h5o.get_info(thing.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > _MOST_THINGS:
                raise ValueError(f"it holds more than {_MOST_THINGS:,} things")
            if isinstance(thing, h5py.Group):
                groups.append(thing)
            elif isinstance(thing, h5py.Dataset):
                made = thing.id.get_create_plist()
                virtual = made.get_layout() == h5py.h5d.VIRTUAL
                if virtual or made.get_external_count():
                    raise ValueError(f"'{place}' refers to other files")
            yield thing


def fits(data, most):
    """Tell whether reading a data set takes at most so many bytes."""
    sizes = [data.nbytes]
    if data.chunks:
        size = data.dtype.itemsize
        for length in data.chunks:
            size *= length
        sizes.append(size)
    return max(sizes) <= most


def _limit(seconds, most):
    """Let the system end this process when it takes too much."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        memory = _MEMORY + 4 * most
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _look(path, most):
    with h5py.File(path, "r") as file:
        dict(file.attrs)
        for thing in check_inside(file):
            dict(thing.attrs)
            if isinstance(thing, h5py.Dataset) and fits(thing, most):
                thing[()]


if __name__ == "__main__":
    _limit(int(sys.argv[3]), int(sys.argv[2]))
    _look(sys.argv[1], int(sys.argv[2]))
