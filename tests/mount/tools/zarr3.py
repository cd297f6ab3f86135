"""The scenario in zarr-python 3's own terms.

usage: zarr3.py TURN FORMAT DIRECTORY      TURN: 1 or 2; FORMAT: 3 or 2
"""

import os
import sys

import numpy as np
import zarr
from zarr import codecs

import readers
import scenario

turn, version, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
COUNT = ("atlantic/count", "pacific/number")[turn - 1]  # as it is called in the end
NESTED = ("nested", "atlantic/deep/nested")[turn - 1]  # and at the beginning
FIELD = np.arange(600, dtype="f4").reshape(20, 30)
SMALL = np.arange(48, dtype="u2").reshape(8, 6)


def root():
    return zarr.open_group(path, mode="r+", use_consolidated=False)


def named(group, name, dimensions, **settings):
    """An array with named dimensions; v2 has them in an attribute."""
    if version == 3:
        return group.create_array(name, dimension_names=dimensions, **settings)
    return group.create_array(name, attributes={"_ARRAY_DIMENSIONS": dimensions}, **settings)


def create():
    made = zarr.open_group(path, mode="w", zarr_format=version)
    made.attrs.update(text1="a", text2="b")
    atlantic = made.create_group("atlantic")
    made.create_group("atlantic/deep/trench1")
    made.create_group("atlantic/deep/trench2")
    gzip = codecs.GzipCodec(level=3) if version == 3 else __import__("numcodecs").GZip(3)
    zstd = codecs.ZstdCodec(level=3) if version == 3 else __import__("numcodecs").Zstd(3)
    blosc = codecs.BloscCodec(cname="lz4") if version == 3 else __import__("numcodecs").Blosc("lz4")
    named(atlantic, "temperature", ["y", "x"], shape=(20, 30), chunks=(10, 10), dtype="f4", fill_value=np.nan, compressors=blosc)
    named(atlantic, "count", ["n"], shape=100, chunks=10, dtype="i8", fill_value=-1, compressors=gzip)
    named(atlantic, "zstd", ["z"], shape=50, chunks=20, dtype="f8", fill_value=0, compressors=zstd)
    named(made, "flags", ["f"], shape=7, chunks=4, dtype="bool", fill_value=False, compressors=None)
    named(made, "scalar", [], shape=(), dtype="f8", fill_value=0, compressors=None)
    named(made, "big", ["b"], shape=9, chunks=4, dtype=">i4", fill_value=7, compressors=None)
    dotted = {"name": "v2", "separator": "."}
    named(made, "plain", ["p", "q"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressors=None, chunk_key_encoding=dotted)
    named(made, "nested", ["r", "s"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressors=None,
          chunk_key_encoding={"name": "v2", "separator": "/"})
    named(made, "names", ["m"], shape=3, chunks=2, dtype=str, fill_value="", compressors=zstd)
    order = {"filters": [codecs.TransposeCodec(order=(1, 0))]} if version == 3 else {"order": "F"}
    named(made, "reversed", ["u", "v"], shape=(8, 6), chunks=(4, 3), dtype="u2", fill_value=0, compressors=None, **order)
    if version == 3:
        named(made, "sharded", ["i", "j"], shape=(16, 16), chunks=(4, 4), shards=(8, 8), dtype="i4", fill_value=0)
    for name in ("old1", "old2"):
        made.create_group(name).create_array("gone", shape=4, dtype="i4")[:] = 1


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
    group["flags"][:] = np.arange(7) % 2 == 0
    group["scalar"][...] = 1.5
    group["big"][:] = np.arange(9) * 1000
    for name in ("plain", "nested", "reversed"):
        group[name][...] = SMALL
    group["names"][:] = np.array(["a", "Ozean 🌊", ""], dtype=object)
    if version == 3:
        group["sharded"][...] = np.arange(256).reshape(16, 16)
    scenario.expect(FIELD, root()["atlantic/temperature"][...])


def overwrite():
    """Some of it: parts of chunks, whole ones, and one that becomes nothing but fill values."""
    group = root()
    group["atlantic/temperature"][5:15, 5:15] = -turn
    group["atlantic/count"][33] = 10**15 + turn
    group["atlantic/count"][30 + 10 * turn:40 + 10 * turn] = -1
    group["atlantic/zstd"][20:] = turn
    group["plain"][2:6, 1:5] = 8 + turn
    group[NESTED][2:6, 1:5] = 8 + turn
    group["names"][1:2] = np.array([f"{turn}"], dtype=object)
    if version == 3:
        group["sharded"][6:10, 6:10] = turn - 1
    assert root()["atlantic/temperature"][5, 5] == -turn and root()["atlantic/count"][33] == 10**15 + turn


def append():
    array = root()["atlantic/temperature"]
    rows, columns = array.shape
    array.append(np.full((7, columns), 8 * turn, "f4"), axis=0)
    array = root()["atlantic/count"]
    length = 100 + 25 * turn
    array.resize(length)
    array[length - 15:] = 5 * turn
    root()["names"].append(np.array(["more"], dtype=object))
    assert root()["atlantic/temperature"].shape == (rows + 7, columns) and root()["atlantic/count"][length - 1] == 5 * turn


def shrink():
    root()["atlantic/temperature"].resize((20 + 2 * turn, 30 - 5 * turn))
    root()["atlantic/zstd"].resize(15)
    root()["plain"].resize((4, 9 - 3 * turn))
    array = root()["atlantic/zstd"]
    array.resize(30)
    assert (array[15:] == 0).any() or version == 2


def delete():
    del root()[f"old{turn}"]
    del root()[f"atlantic/deep/trench{turn}"]
    assert f"old{turn}" not in root() and f"trench{turn}" not in root()["atlantic/deep"]


def move():
    """zarr-python 3 moves nothing by itself."""
    if turn == 1:
        scenario.move(f"{path}/nested", f"{path}/atlantic/deep/nested")
    else:
        scenario.move(f"{path}/atlantic/count", f"{path}/atlantic/number")
        scenario.move(f"{path}/atlantic", f"{path}/pacific")
        scenario.move(f"{path}/big", f"{path}/pacific/deep/big")
    assert root()[COUNT][33] == 10**15 + turn


def consolidate():
    zarr.consolidate_metadata(path)
    seen = zarr.open_group(path, mode="r")
    assert seen.metadata.consolidated_metadata is not None
    scenario.expect(seen[COUNT][...], root()[COUNT][...])


def change_what_is_consolidated():
    root()[COUNT].resize(100 + 26 * turn)
    named(root(), f"late{turn}", ["l"], shape=3, dtype="i4", fill_value=4, compressors=None)[1:] = 2


def reopen_with_consolidated_metadata():
    seen = zarr.open_group(path, mode="r")
    assert seen[COUNT].shape == (100 + 26 * turn,), f"the old shape {seen[COUNT].shape}"
    assert f"late{turn}" in seen, "the new array is not seen"


def consolidate_again():
    zarr.consolidate_metadata(path)


def reopen():
    seen = zarr.open_group(path, mode="r", use_consolidated=False)
    assert seen["pacific/temperature"].shape == (24, 20) and seen["late2"][2] == 2 and seen["pacific/temperature"][23, 3] == 16
    assert sorted(name for name, _ in seen["pacific"].members()) == ["deep", "number", "temperature", "zstd"]
    assert not [name for name in os.listdir(path) if name.endswith(".partial")]


changes = [attributes, overwrite, append, shrink, delete, move, consolidate]
changes += [change_what_is_consolidated, reopen_with_consolidated_metadata, consolidate_again]
scenario.run([create, write, *changes] if turn == 1 else [*changes, reopen], lambda: readers.zarr(path))
