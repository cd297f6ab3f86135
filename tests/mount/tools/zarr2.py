"""The scenario in zarr-python 2's own terms.

usage: zarr2.py STORE DIRECTORY      STORE: DirectoryStore, NestedDirectoryStore or FSStore
"""

import os
import shutil
import sys

import numcodecs
import numpy as np
import zarr

import readers
import scenario

kind, path = sys.argv[1:]
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
    atlantic = made.create_group("atlantic")
    made.create_group("atlantic/deep/trench")
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
    made.create_group("old").create_dataset("gone", data=np.ones(4))


def attributes():
    group = root()
    group.attrs["title"] = "Ozean 🌊"
    group.attrs.update({"count": 3, "ratio": 0.5, "list": [1, 2, 3], "text": "a"})
    group["atlantic"].attrs["depth"] = 5000
    group["atlantic/temperature"].attrs.update(units="K", valid_range=[0, 600])
    del group.attrs["text"]
    scenario.expect([1, 2, 3], root().attrs["list"])


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
    group["atlantic/temperature"][5:15, 5:15] = -1
    group["atlantic/count"][33] = 10**15
    zarr.open_array(store(), path="atlantic/count", mode="r+", write_empty_chunks=False)[40:50] = -1
    group["plain"][2:6, 1:5] = 9
    group["slashed"][2:6, 1:5] = 9
    assert root()["atlantic/temperature"][5, 5] == -1 and root()["atlantic/count"][33] == 10**15
    assert root()["atlantic/count"].nchunks_initialized == 9


def append():
    root()["atlantic/temperature"].append(np.full((7, 30), 8, "f4"), axis=0)
    array = root()["atlantic/count"]
    array.resize(125)
    array[110:] = 5
    root()["names"].append(np.array(["more"], dtype=object))
    assert root()["atlantic/temperature"].shape == (27, 30) and root()["atlantic/count"][124] == 5


def shrink():
    root()["atlantic/temperature"].resize(22, 25)
    root()["plain"].resize(4, 6)
    array = root()["atlantic/zstd"]
    array.resize(20)
    array.resize(30)
    scenario.expect(np.zeros(10), array[20:])


def delete():
    del root()["old"]
    del root()["atlantic/deep/trench"]
    assert "old" not in root()


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
    change(f"{path}/atlantic/count", f"{path}/atlantic/number")
    change(f"{path}/atlantic", f"{path}/pacific")
    change(f"{path}/slashed", f"{path}/pacific/deep/slashed")
    assert root()["pacific/number"][33] == 10**15 and "atlantic" not in root()


def consolidate():
    zarr.consolidate_metadata(store())
    seen = zarr.open_consolidated(store(), mode="r")
    scenario.expect(root()["pacific/number"][...], seen["pacific/number"][...])


def change_what_is_consolidated():
    root()["pacific/number"].resize(126)
    named(root(), "late", ["l"], shape=3, dtype="i4", fill_value=4, compressor=None)[1:] = 2


def reopen_with_consolidated_metadata():
    seen = zarr.open_consolidated(store(), mode="r")
    assert seen["pacific/number"].shape == (126,), f"the old shape {seen['pacific/number'].shape}"
    assert "late" in seen, "the new array is not seen"


def consolidate_again():
    zarr.consolidate_metadata(store())


def reopen():
    seen = zarr.open_group(store(), mode="r")
    assert seen["pacific/temperature"].shape == (22, 25) and seen["late"][2] == 2 and seen["pacific/temperature"][21, 3] == 8
    assert sorted(seen["pacific"]) == ["deep", "number", "temperature", "zlib", "zstd"]
    assert not [name for name in os.listdir(path) if name.endswith(".partial")]


steps = [create, attributes, write, overwrite, append, shrink, delete, move_by_itself, move, consolidate]
steps += [change_what_is_consolidated, reopen_with_consolidated_metadata, consolidate_again, reopen]
scenario.run(steps, lambda: readers.zarr(store()))
