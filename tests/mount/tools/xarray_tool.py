"""The scenario in xarray's own terms, on whatever zarr-python is below it.

usage: xarray_tool.py TURN FORMAT DIRECTORY      TURN: 1 or 2; FORMAT: 3 or 2
"""

import os
import shutil
import sys

import numpy as np
import xarray
import zarr

import readers
import scenario

turn, version, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
# Older versions know one format only, and have no argument for it.
FORMAT = {} if zarr.__version__.startswith("2.") else {"zarr_format": version}


def dataset(start, count, offset=0.0):
    """Times are dates that xarray encodes as integers; temperature has missing values, and is stored as packed integers in "packed"."""
    time = np.datetime64("2026-11-01", "ns") + np.arange(start, start + count) * np.timedelta64(3600, "s").astype("m8[ns]")
    values = np.arange(start * 12, (start + count) * 12, dtype="f8").reshape(count, 3, 4) + offset
    values[:, 0, 0] = np.nan
    return xarray.Dataset(
        {
            "sst": (("time", "y", "x"), values, {"units": "K", "long_name": "Ozean 🌊"}),
            "packed": (("time", "y"), values[:, :, 1] * 0.5, {"units": "m"}),
            "station": (("y",), np.array(["a", "bb", "ccc"], dtype=object)),
            "mask": (("y", "x"), np.arange(12).reshape(3, 4) % 2 == 0),
        },
        coords={"time": time, "y": ("y", np.arange(3, dtype="f4")), "x": ("x", np.arange(4, dtype="i4"))},
        attrs={"title": "Ocean", "version": 1},
    )


ENCODING = {
    "packed": {"dtype": "i2", "scale_factor": 0.5, "add_offset": 1.0, "_FillValue": -9999},
    "time": {"units": "hours since 2026-11-01"},
    "sst": {"chunks": (2, 3, 2)},
}


def read(**more):
    with xarray.open_zarr(path, **more) as found:
        return found.load()


def same(expected, found):
    xarray.testing.assert_equal(expected.reset_coords(), found.reset_coords())


def create_with_mode_w():
    dataset(0, 1).to_zarr(path, mode="w", **FORMAT)
    dataset(0, 4).to_zarr(path, mode="w", encoding=ENCODING, **FORMAT)
    same(dataset(0, 4), read())


def create_again_with_mode_w_minus_is_refused():
    try:
        dataset(0, 4).to_zarr(path, mode="w-", **FORMAT)
    except Exception as error:
        assert "exist" in str(error) or "contains" in str(error), str(error)
    else:
        raise AssertionError("w- went over what was there")


def create_a_group_with_mode_w_minus():
    dataset(0, 2).to_zarr(path, group="coast/north", mode="w-", **FORMAT)
    same(dataset(0, 2), read(group="coast/north"))


def replace_a_group_with_mode_w():
    dataset(0, 3, offset=5).to_zarr(path, group="coast/north", mode="w", **FORMAT)
    same(dataset(0, 3, offset=5), read(group="coast/north", consolidated=False))


def add_a_variable_with_mode_a():
    dataset(0, 4)[["time"]].assign(level=("time", np.arange(4.0))).to_zarr(path, mode="a")
    scenario.expect(np.arange(4.0), read().level)


def overwrite_a_region():
    part = dataset(1, 2, offset=100 * turn).drop_vars(["station", "mask", "y", "x", "packed"])
    part.drop_vars("time").to_zarr(path, region={"time": slice(1, 3)})
    scenario.expect(dataset(1, 2, offset=100 * turn).sst.values, read().sst[1:3])


def overwrite_with_mode_r_plus():
    changed = dataset(0, 4)[["mask"]]
    changed["mask"][:] = np.arange(12).reshape(3, 4) % (2 + turn) == 0
    changed.drop_vars(["y", "x"]).to_zarr(path, mode="r+")
    scenario.expect(changed["mask"], read().mask)


def write_with_dask():
    """Chunks from several threads; documents first, values later."""
    lazy = dataset(0, 4, offset=7).chunk({"time": 2, "x": 2})
    lazy.to_zarr(path, group="dask", mode="w", **FORMAT)
    later = lazy.to_zarr(path, group="later", mode="w", compute=False, **FORMAT)
    later.compute()
    for name in ("dask", "later"):
        same(dataset(0, 4, offset=7), xarray.open_zarr(path, group=name, chunks={}).compute())


def append():
    start = read().sizes["time"]
    more = dataset(start, 3).drop_vars(["station", "mask", "y", "x"]).assign(level=("time", np.arange(4.0, 7)))
    more.to_zarr(path, append_dim="time")
    found = read()
    assert found.sizes["time"] == start + 3
    scenario.expect(dataset(start, 3).time.values, found.time[start:])
    scenario.expect(dataset(start, 3).sst.values, found.sst[start:])


def append_with_dask():
    start = 2 + 2 * turn
    more = dataset(start, 2, offset=7).drop_vars(["station", "mask", "y", "x"])
    more.chunk({"time": 2}).to_zarr(path, group="dask", append_dim="time")
    scenario.expect(dataset(start, 2, offset=7).sst.values, read(group="dask").sst[start:])


def attributes():
    group = zarr.open_group(path, mode="r+")
    group.attrs["history"] = f"changed {turn}"
    group["sst"].attrs["source"] = "buoy" * turn
    if turn == 2:
        del group["packed"].attrs["units"]
    zarr.consolidate_metadata(path)
    found = read()
    assert found.attrs["history"] == f"changed {turn}" and found.sst.attrs["source"] == "buoy" * turn
    assert ("units" in found.packed.attrs) == (turn == 1)


def shrink():
    """xarray makes nothing shorter by itself."""
    group = zarr.open_group(path, mode="r+")
    for name, array in list(group.arrays()):
        dimensions = (getattr(array.metadata, "dimension_names", None) if version == 3 else None) or array.attrs["_ARRAY_DIMENSIONS"]
        array.resize(tuple(7 - turn if dimension == "time" else size for dimension, size in zip(dimensions, array.shape)))
    zarr.consolidate_metadata(path)
    assert read().sizes["time"] == 7 - turn


def delete():
    """A group, and later a variable."""
    shutil.rmtree(os.path.join(path, ("later", "level")[turn - 1]))
    zarr.consolidate_metadata(path)
    assert ("level" in read()) == (turn == 1)


def move():
    scenario.move(f"{path}/dask", f"{path}/coast/south")
    same(dataset(0, 4, offset=7).isel(time=0), read(group="coast/south", consolidated=False).isel(time=0))


def consolidate():
    zarr.consolidate_metadata(path)


def reopen():
    found = read()
    scenario.expect(dataset(0, 1).sst.values, found.sst[:1])
    scenario.expect(dataset(4, 1).packed.values, found.packed[4:])
    scenario.expect(np.array(["a", "bb", "ccc"], dtype=object), found.station)
    assert found.sst.attrs["units"] == "K" and found.attrs["history"] == "changed 2"


changes = [create_again_with_mode_w_minus_is_refused, overwrite_a_region, overwrite_with_mode_r_plus, append, append_with_dask]
changes += [attributes, shrink, delete]
first = [create_with_mode_w, create_a_group_with_mode_w_minus, add_a_variable_with_mode_a, write_with_dask, *changes, consolidate]
second = [*changes, replace_a_group_with_mode_w, move, consolidate, reopen]
scenario.run(first if turn == 1 else second, lambda: readers.zarr(path))
