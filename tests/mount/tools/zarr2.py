"""The scenario in zarr-python 2's own terms.

usage: zarr2.py TURN STORE DIRECTORY      TURN: 1 or 2; STORE: DirectoryStore, NestedDirectoryStore or FSStore
"""

import os
import shutil
import sys

import numcodecs
import numpy as np
import zarr

import readers
import scenario

turn, kind, path = int(sys.argv[1]), *sys.argv[2:]
COUNT = ("atlantic/count", "pacific/number")[turn - 1]  # as it is called in the end
SLASHED = ("slashed", "atlantic/deep/slashed")[turn - 1]  # and at the beginning
FIELD = np.arange(600, dtype="f4").reshape(20, 30)
SMALL = np.arange(48, dtype="u2").reshape(8, 6)


def store():
    return getattr(zarr.storage, kind)(path)


def root():
    return zarr.open_group(store(), mode="r+")


def named(group, name, dimensions, **settings):
    array = group.create_dataset(name, **settings)
    array.attrs["_ARRAY_DIMENSIONS"] = dimensions
    return array


def create():
    made = zarr.open_group(store(), mode="w")
    made.attrs.update(text1="a", text2="b")
    atlantic = made.create_group("atlantic")
    made.create_group("atlantic/deep/trench1")
    made.create_group("atlantic/deep/trench2")
    blosc = numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE)
    named(atlantic, "temperature", ["y", "x"], shape=(20, 30), chunks=(10, 10), dtype="f4", fill_value=np.nan, compressor=blosc)
    named(atlantic, "count", ["n"], shape=100, chunks=10, dtype="i8", fill_value=-1, compressor=numcodecs.GZip(3))
    named(atlantic, "zstd", ["z"], shape=50, chunks=20, dtype="f8", fill_value=0, compressor=numcodecs.Zstd(3))
    named(atlantic, "zlib", ["c"], shape=50, chunks=20, dtype="f8", fill_value=0, compressor=numcodecs.Zlib(3))
    named(made, "flags", ["f"], shape=7, chunks=4, dtype="bool", fill_value=False, compressor=None)
    named(made, "scalar", [], shape=(), dtype="f8", fill_value=0, compressor=None)
    named(made, "big", ["b"], shape=9, chunks=4, dtype=">i4", fill_value=7, compressor=None)
    named(made, "plain", ["p", "q"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressor=None)
    named(made, "slashed", ["r", "s"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressor=None, dimension_separator="/")
    named(made, "reversed", ["u", "v"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressor=None, order="F")
    named(made, "names", ["m"], shape=3, chunks=2, dtype=object, object_codec=numcodecs.VLenUTF8(), fill_value="", compressor=None)
    named(made, "filtered", ["d"], shape=50, chunks=20, dtype="i4", filters=[numcodecs.Delta("i4")], compressor=numcodecs.Zlib(1))
    for name in ("old1", "old2"):
        made.create_group(name).create_dataset("gone", data=np.ones(4))


def attributes():
    group = root()
    group.attrs["title"] = "Ozean 🌊" * turn
    group.attrs.update({"count": turn, "ratio": 0.5, "list": [1, 2, 3 * turn]})
    group["atlantic"].attrs["depth"] = 5000 * turn
    group["atlantic/temperature"].attrs.update(units="K", valid_range=[0, 600 * turn])
    del group.attrs[f"text{turn}"]
    scenario.expect([1, 2, 3 * turn], root().attrs["list"])


def write():
    group = root()
    group["atlantic/temperature"][...] = FIELD
    group["atlantic/count"][:] = np.arange(100)
    group["atlantic/zstd"][:] = np.linspace(0, 1, 50)
    group["atlantic/zlib"][:] = np.linspace(1, 2, 50)
    group["flags"][:] = np.arange(7) % 2 == 0
    group["scalar"][...] = 1.5
    group["big"][:] = np.arange(9) * 1000
    for name in ("plain", "slashed", "reversed"):
        group[name][...] = SMALL
    group["names"][:] = np.array(["a", "Ozean 🌊", ""], dtype=object)
    group["filtered"][:] = np.arange(50) ** 2
    scenario.expect(FIELD, root()["atlantic/temperature"][...])


def overwrite():
    """Some of it: parts of chunks, whole ones, and one that becomes nothing but fill values and so is deleted."""
    group = root()
    group["atlantic/temperature"][5:15, 5:15] = -turn
    group["atlantic/count"][33] = 10**15 + turn
    before, start = root()["atlantic/count"].nchunks_initialized, 30 + 10 * turn
    zarr.open_array(store(), path="atlantic/count", mode="r+", write_empty_chunks=False)[start:start + 10] = -1
    group["atlantic/zstd"][20:] = turn
    group["plain"][2:6, 1:5] = 8 + turn
    group[SLASHED][2:6, 1:5] = 8 + turn
    group["names"][1:2] = np.array([f"{turn}"], dtype=object)
    assert root()["atlantic/temperature"][5, 5] == -turn and root()["atlantic/count"][33] == 10**15 + turn
    assert root()["atlantic/count"].nchunks_initialized == before - 1


def append():
    rows, columns = root()["atlantic/temperature"].shape
    root()["atlantic/temperature"].append(np.full((7, columns), 8 * turn, "f4"), axis=0)
    array = root()["atlantic/count"]
    length = 100 + 25 * turn
    array.resize(length)
    array[length - 15:] = 5 * turn
    root()["names"].append(np.array(["more"], dtype=object))
    assert root()["atlantic/temperature"].shape == (rows + 7, columns) and root()["atlantic/count"][length - 1] == 5 * turn


def shrink():
    root()["atlantic/temperature"].resize(20 + 2 * turn, 30 - 5 * turn)
    root()["plain"].resize(4, 9 - 3 * turn)
    array = root()["atlantic/zstd"]
    array.resize(20)
    array.resize(30)
    scenario.expect(np.zeros(10), array[20:])


def delete():
    del root()[f"old{turn}"]
    del root()[f"atlantic/deep/trench{turn}"]
    assert f"old{turn}" not in root() and f"trench{turn}" not in root()["atlantic/deep"]


def move_by_itself():
    """An array within its group, then the group."""
    try:
        root().create_group("atlantic_copy").create_dataset("temperature", data=np.arange(9), chunks=2)
        root().move("atlantic_copy/temperature", "atlantic_copy/thermal")
        root().move("atlantic_copy", "indian")
        scenario.expect(np.arange(9), root()["indian/thermal"][:])
    finally:
        for name in ("atlantic_copy", "indian"):
            shutil.rmtree(f"{path}/{name}", ignore_errors=True)


def move():
    change = scenario.move if kind == "FSStore" else lambda old, new: root().move(old[len(path) + 1:], new[len(path) + 1:])
    if turn == 1:
        change(f"{path}/slashed", f"{path}/atlantic/deep/slashed")
    else:
        change(f"{path}/atlantic/count", f"{path}/atlantic/number")
        change(f"{path}/atlantic", f"{path}/pacific")
        change(f"{path}/big", f"{path}/pacific/deep/big")
    assert root()[COUNT][33] == 10**15 + turn and ("atlantic" in root()) == (turn == 1)


def consolidate():
    zarr.consolidate_metadata(store())
    seen = zarr.open_consolidated(store(), mode="r")
    scenario.expect(root()[COUNT][...], seen[COUNT][...])


def change_what_is_consolidated():
    root()[COUNT].resize(100 + 26 * turn)
    named(root(), f"late{turn}", ["l"], shape=3, dtype="i4", fill_value=4, compressor=None)[1:] = 2


def reopen_with_consolidated_metadata():
    seen = zarr.open_consolidated(store(), mode="r")
    assert seen[COUNT].shape == (100 + 26 * turn,), f"the old shape {seen[COUNT].shape}"
    assert f"late{turn}" in seen, "the new array is not seen"


def consolidate_again():
    zarr.consolidate_metadata(store())


def reopen():
    seen = zarr.open_group(store(), mode="r")
    assert seen["pacific/temperature"].shape == (24, 20) and seen["late2"][2] == 2 and seen["pacific/temperature"][23, 3] == 16
    assert sorted(seen["pacific"]) == ["deep", "number", "temperature", "zlib", "zstd"]
    assert not [name for name in os.listdir(path) if name.endswith(".partial")]


changes = [attributes, overwrite, append, shrink, delete, move_by_itself, move, consolidate]
changes += [change_what_is_consolidated, reopen_with_consolidated_metadata, consolidate_again]
scenario.run([create, write, *changes] if turn == 1 else [*changes, reopen], lambda: readers.zarr(store()))
