"""Keeps new chunks open for writing while commits are made.

usage: held_open.py commits MOUNT keeps|follows
       held_open.py outlive CHUNK

What a commit takes is what was closed by then (a copy of a descriptor counts), and what is written afterwards is a change of its own from the next close on: others see it then, or
at once, as the third argument says. The last mode writes a chunk, says so, waits for a line and writes to it again, whatever has become of the mount.
"""

import errno
import mmap
import os
import sys
import time

SIZE = 300_000


def read(path):
    with open(path, "rb") as file:
        return file.read()


def commit(mount, message):
    with open(f"{mount}/commit", "w") as file:
        file.write(message)
    return read(f"{mount}/commit").decode().strip()


def committed(mount, id, chunk):
    return read(f"{mount}/commits/{id}/root.zarr/a/c/{chunk}")


def create(path, content, access=os.O_WRONLY):
    file = os.open(path, access | os.O_CREAT | os.O_TRUNC)
    assert os.write(file, content) == len(content)
    return file


def close_copy(file):
    os.close(os.dup(file))


def is_written_between_commits(mount, keeps):
    path = f"{mount}/root.zarr/a/c/0"
    file = create(path, b"a" * SIZE)
    close_copy(file)
    first = commit(mount, "first")
    assert os.pwrite(file, b"b" * 10, 0) == 10
    now = b"b" * 10 + b"a" * (SIZE - 10)
    assert read(path) == (b"a" * SIZE if keeps else now)
    assert os.stat(path).st_ino == os.fstat(file).st_ino
    close_copy(file)
    assert read(path) == now
    second = commit(mount, "second")
    if keeps:
        try:
            os.ftruncate(file, 5)
            raise AssertionError("it is another file by now")
        except OSError as error:
            assert error.errno == errno.ESTALE, error
    assert os.lseek(file, 0, os.SEEK_END) == SIZE
    assert os.write(file, b"c") == 1
    assert os.fstat(file).st_size == SIZE + 1
    os.fsync(file)
    assert read(path) == now + b"c" and os.stat(path).st_size == SIZE + 1
    assert os.pwrite(file, b"d", SIZE + 1) == 1
    os.close(file)
    assert read(path) == now + b"cd"
    assert committed(mount, first, 0) == b"a" * SIZE
    assert committed(mount, second, 0) == now
    assert committed(mount, commit(mount, "third"), 0) == now + b"cd"


def is_mapped_over_a_commit(mount):
    path = f"{mount}/root.zarr/a/c/1"
    file = create(path, b"a" * SIZE, os.O_RDWR)
    view = mmap.mmap(file, SIZE)
    view[1] = ord("b")
    os.close(file)
    first = commit(mount, "mapped")
    view[2] = ord("c")
    view.close()
    for _ in range(1000):
        if read(path)[:4] == b"abca":
            break
        time.sleep(0.01)  # nobody waits for the end of a mapping
    assert read(path) == b"abc" + b"a" * (SIZE - 3)
    assert committed(mount, first, 1) == b"ab" + b"a" * (SIZE - 2)
    assert committed(mount, commit(mount, "mapped again"), 1)[:4] == b"abca"


def is_read_while_it_grows(mount):
    path = f"{mount}/root.zarr/a/c/2"
    os.close(create(path, b"a" * SIZE))
    with open(path, "rb") as reader, open(path, "ab", buffering=0) as writer:
        assert os.fstat(reader.fileno()).st_size == SIZE
        writer.write(b"b")
        assert os.fstat(reader.fileno()).st_size == os.stat(path).st_size == SIZE + 1
        assert reader.read() == b"a" * SIZE + b"b"
        os.truncate(path, 5)
        assert os.fstat(reader.fileno()).st_size == os.stat(path).st_size == 5


def outlive(path):
    file = create(path, b"a" * SIZE)
    close_copy(file)
    print("written", flush=True)
    sys.stdin.readline()
    try:
        print(os.pwrite(file, b"b" * SIZE, 0), flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
    sys.stdin.readline()


def main(what, place, readers=""):
    if what == "outlive":
        outlive(place)
    else:
        is_written_between_commits(place, readers == "keeps")
        is_mapped_over_a_commit(place)
        is_read_while_it_grows(place)


main(*sys.argv[1:])
