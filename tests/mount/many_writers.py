"""Commits through a mount of its own, again and again, while others commit to the same branch.

usage: many_writers.py MOUNT WRITER COUNT

Every commit has a chunk of this writer's own in the array "shared". With OVERLAPS others beside, every other commit also writes a chunk of
"contended", which all writers write. Where that conflicts (ESTALE), it reads conflicts.json and rebases, half of the times in favour of itself.

Prints as JSON a list of commits: the id, the key and text of the contended chunk that it holds (null: none, or given up), and the ids of
all commits that it was told of as conflicting.
"""

import errno
import json
import os
import random
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


def succeeds(mount, name, text):
    """False where it is refused because of conflicts."""
    try:
        command(mount, name, text)
        return True
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
        return False


def read(mount, name):
    with open(os.path.join(mount, name)) as file:
        return file.read()


def put(path, data):
    """As tools do: the bytes under another name, which then becomes the right one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.partial", "wb") as file:
        file.write(data)
    os.replace(f"{path}.partial", path)


def text_of(writer, number):
    """Some are stored in the manifest, some as objects."""
    return f"{writer} {number} " * (1 if number % 3 == 0 else 400)


def main(mount, writer, count):
    writer, count = int(writer), int(count)
    choose = random.Random(writer)
    root = os.path.join(mount, "root.zarr")
    commits = []
    for number in range(count):
        text = text_of(writer, number)
        put(os.path.join(root, "shared", "c", str(writer * count + number)), text.encode())
        key = None
        if number % 2 == 0:
            key = str(choose.randrange(4))
            put(os.path.join(root, "contended", "c", key), text.encode())
        told = []
        while not succeeds(mount, "commit", f"{writer} {number}"):
            conflicts = json.loads(read(mount, "conflicts.json"))["conflicts"]
            told += [conflict["theirs"]["commit"] for conflict in conflicts]
            policy = choose.choice(["ours", "theirs"])
            command(mount, "rebase", policy)
            if policy == "theirs" and conflicts:
                key = None
        commits.append({"id": read(mount, "commit").strip(), "key": key, "text": text if key else None, "told": told})
    print(json.dumps(commits))


main(*sys.argv[1:])
