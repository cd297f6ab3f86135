"""Commits to an array of its own through a mount of its own, again and again, while others commit to the same branch.

usage: many_writers.py MOUNT ARRAY COUNT

Where the branch has moved (ESTALE) it discards, checks the branch out and redoes its change. Prints as JSON the ids of its commits, and
what each refusal said.
"""

import errno
import json
import os
import sys


def command(mount, name, text):
    file = os.open(os.path.join(mount, name), os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(file, text.encode())
    except OSError as error:
        with open(os.path.join(mount, "error")) as why:
            error.strerror = f"{name}: {error.strerror}: {why.read()}"
        raise
    finally:
        os.close(file)


def read(mount, name):
    with open(os.path.join(mount, name)) as file:
        return file.read()


def put(path, data):
    """As tools do: the bytes under another name, which then becomes the right one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.partial", "wb") as file:
        file.write(data)
    os.replace(f"{path}.partial", path)


def chunk(array, number):
    """Some are stored in the manifest, some as objects."""
    return f"{array} {number} ".encode() * (1 if number % 3 == 0 else 400)


def change(mount, array, number, count):
    folder = os.path.join(mount, "root.zarr", array)
    put(os.path.join(folder, "zarr.json"), json.dumps({
        "zarr_format": 3, "node_type": "array", "shape": [count], "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0, "codecs": [{"name": "bytes"}], "attributes": {"newest": number},
    }).encode())
    put(os.path.join(folder, "c", str(number)), chunk(array, number))


def main(mount, array, count):
    count = int(count)
    commits, refusals = [], []
    while len(commits) < count:
        number = len(commits)
        change(mount, array, number, count)
        try:
            command(mount, "commit", f"{array} {number}\n")
            commits.append(read(mount, "commit").strip())
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
            refusals.append(error.strerror)
            command(mount, "discard", "all\n")
            command(mount, "checkout", "main\n")
    print(json.dumps({"commits": commits, "refusals": refusals}))


main(*sys.argv[1:])
