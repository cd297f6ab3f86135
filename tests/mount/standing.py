"""Stands in directories of a mount while versions change, and checks that it stays there.

usage: standing.py MOUNT COMMIT    COMMIT holds the groups g and g/h; main holds "later" in their place
"""

import os
import sys

mount, commit = sys.argv[1:]


def command(file, text):
    descriptor = os.open(f"{mount}/{file}", os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def stands_in(path, names):
    assert os.getcwd() == f"{mount}/{path}", os.getcwd()
    assert sorted(os.listdir(".")) == names, os.listdir(".")
    assert sorted(os.listdir(f"{mount}/{path}")) == names, os.listdir(f"{mount}/{path}")
    assert os.path.samefile(".", f"{mount}/{path}")


def is_gone(action):
    try:
        action()
    except FileNotFoundError:
        return
    raise AssertionError("it is there")


OLD, NEW = ["g", "zarr.json"], ["later", "zarr.json"]
os.chdir(f"{mount}/root.zarr")
for _ in range(3):
    for version, names in ((commit, OLD), ("main", NEW)):
        command("checkout", version)
        assert os.getcwd() == f"{mount}/root.zarr"  # before anything else looks the name up
        assert os.path.exists("g") == (version == commit) and os.path.exists("later") == (version == "main")
        stands_in("root.zarr", names)

# The directory itself goes and comes, as tools do in mode "w".
os.unlink("zarr.json")
os.unlink("later/zarr.json")
os.rmdir("later")
os.chdir("..")
os.rmdir("root.zarr")
is_gone(lambda: os.stat("root.zarr"))
command("discard", "all")
stands = os.stat("root.zarr")
os.chdir("root.zarr")
stands_in("root.zarr", NEW)
os.unlink("zarr.json")
command("discard", "all")
stands_in("root.zarr", NEW)
assert os.stat(".").st_ino == stands.st_ino
for name in NEW:
    os.system(f"rm -r {name}")
os.rmdir(f"{mount}/root.zarr")
is_gone(os.getcwd)
os.mkdir(f"{mount}/root.zarr")
os.chdir(f"{mount}/root.zarr")
stands_in("root.zarr", [])
command("discard", "all")
stands_in("root.zarr", NEW)
command("checkout", commit)
stands_in("root.zarr", OLD)

os.chdir(f"{mount}/info/g/h")
for _ in range(3):
    os.stat(f"{mount}/info/g/h/.info")
    os.listdir(f"{mount}/info/g")
    stands_in("info/g/h", [".info"])
command("checkout", "main")
is_gone(lambda: os.stat(f"{mount}/info/g"))
