"""Changes committed chunks in place while they are read: what readers see on a real kernel.

usage: in_place.py FOLDER keeps|follows SECONDS

FOLDER has three committed chunks of one size. Who has chunk 0 or 1 open keeps what it opened, whatever is written to it and however it is cut off, or sees it, as the second
argument says. Then processes open and read chunk 2 over and over while others write to it in place, for some seconds: no call may fail.
"""

import mmap
import os
import sys
import time

READERS, WRITERS = 3, 2


def read(path):
    with open(path, "rb") as file:
        return file.read()


def is_written(path, keeps):
    committed = read(path)
    with open(path, "rb") as reader, open(path, "rb") as mapped:
        view = mmap.mmap(mapped.fileno(), 0, prot=mmap.PROT_READ)
        with open(path, "r+b", buffering=0) as writer:
            writer.write(b"changed")
            assert read(path) == b"changed" + committed[7:], "a new reader sees what is written"
            assert os.fstat(writer.fileno()).st_ino == os.stat(path).st_ino == os.fstat(reader.fileno()).st_ino
        assert reader.read() == view[:] == (committed if keeps else b"changed" + committed[7:]), "who had it open"
    return committed


def is_cut(path, keeps):
    committed = read(path)
    with open(path, "rb") as reader:
        os.truncate(path, 5)
        assert os.stat(path).st_size == 5 and read(path) == committed[:5]
        size = len(committed) if keeps else 5
        assert reader.read() == committed[:size] and os.fstat(reader.fileno()).st_size == size
        os.utime(reader.fileno(), (1000, 1000))
        assert os.stat(path).st_mtime == 1000, "it is one file"


def storm(path, until):
    size = os.stat(path).st_size
    children = []
    for work in [lambda: len(read(path)) == size] * READERS + [lambda: write(path)] * WRITERS:
        child = os.fork()
        if child == 0:
            try:
                while time.monotonic() < until:
                    assert work()
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert all(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 for child in children)


def write(path):
    with open(path, "r+b", buffering=0) as file:
        return file.write(os.urandom(10)) == 10


def main(folder, readers, seconds):
    committed = is_written(f"{folder}/0", readers == "keeps")
    is_cut(f"{folder}/1", readers == "keeps")
    storm(f"{folder}/2", time.monotonic() + float(seconds))
    assert len(committed) > 100_000


main(*sys.argv[1:])
