"""Reads an array again and again while others commit and check out, and never accepts a mix of two versions.

usage: reader.py ARRAY STOP TURNS

Every version has its number in the document and in every chunk. A round reads the document, all chunks, and the document again: if
both documents say the same number, every chunk must say it too, and there must be as many as the document says. Before each checkout
the file TURNS grows by a byte: on a busy machine several may happen in one round, and the last lead back to the version of the first.
Ends when the file STOP is there and prints as JSON the numbers that were seen, in order, and how many rounds met a change.
"""

import errno
import json
import os
import sys


def read(path):
    """The bytes through read(2), as long as stat(2) says they are."""
    file = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(file).st_size
        data = b""
        while part := os.read(file, 1 << 20):
            data += part
    finally:
        os.close(file)
    if len(data) != size:
        raise SystemExit(f"{path}: {size} bytes according to fstat, {len(data)} were read")
    return data


def version_of(path):
    return json.loads(read(f"{path}/zarr.json"))["attributes"]["version"]


def look(array, turns):
    """(number, what is wrong with it); None if the version changed meanwhile."""
    begun, before = os.path.getsize(turns), version_of(array)
    problems = []
    names = sorted(os.listdir(f"{array}/c"), key=int)
    for name in names:
        try:
            data = read(f"{array}/c/{name}")
        except FileNotFoundError:
            problems.append(f"chunk {name} is listed and not there")
            continue
        said = set(data.split())
        if said != {str(before).encode()}:
            problems.append(f"chunk {name} says {sorted(said)}")
    if names != [str(i) for i in range(before % 3, before % 3 + 5)]:
        problems.append(f"chunks {names}")
    is_same = version_of(array) == before and os.path.getsize(turns) - begun < 2
    return (before, problems) if is_same else None


def main(array, stop, turns):
    seen, met = [], 0
    while True:
        last = os.path.exists(stop)
        try:
            found = look(array, turns)
        except OSError as error:
            # The array's directory is another one from one call to the next: the kernel says so.
            if error.errno not in (errno.ESTALE, errno.ENOENT):
                raise
            found = None
        if found is None:
            met += 1
            continue
        number, problems = found
        if problems:
            raise SystemExit(f"in version {number}: {problems}")
        if not seen or seen[-1] != number:
            seen.append(number)
        if last:
            break
    print(json.dumps({"seen": seen, "met": met}))


main(*sys.argv[1:])
