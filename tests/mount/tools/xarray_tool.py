"""The scenario in xarray's own terms, on whatever zarr-python is below it.

usage: xarray_tool.py FORMAT DIRECTORY      FORMAT: 3 or 2
"""

import os
import shutil
import sys

import numpy as np
import xarray
import zarr

import readers
import scenario

version, path = int(sys.argv[1]), sys.argv[2]
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


def add_a_variable_with_mode_a():
    dataset(0, 4)[["time"]].assign(level=("time", np.arange(4.0))).to_zarr(path, mode="a")
    scenario.expect(np.arange(4.0), read().level)


def overwrite_a_region():
    part = dataset(1, 2, offset=100).drop_vars(["station", "mask", "y", "x", "packed"])
    part.drop_vars("time").to_zarr(path, region={"time": slice(1, 3)})
    scenario.expect(dataset(1, 2, offset=100).sst.values, read().sst[1:3])


def overwrite_with_mode_r_plus():
    changed = dataset(0, 4)[["mask"]]
    changed["mask"][:] = True
    changed.drop_vars(["y", "x"]).to_zarr(path, mode="r+")
    assert bool(read().mask.all())


def write_with_dask():
    """Chunks from several threads; documents first, values later."""
    lazy = dataset(0, 4, offset=7).chunk({"time": 2, "x": 2})
    lazy.to_zarr(path, group="dask", mode="w", **FORMAT)
    later = lazy.to_zarr(path, group="later", mode="w", compute=False, **FORMAT)
    later.compute()
    for name in ("dask", "later"):
        same(dataset(0, 4, offset=7), xarray.open_zarr(path, group=name, chunks={}).compute())


def append():
    more = dataset(4, 3).drop_vars(["station", "mask", "y", "x"]).assign(level=("time", np.arange(4.0, 7)))
    more.to_zarr(path, append_dim="time")
    found = read()
    assert found.sizes["time"] == 7
    scenario.expect(dataset(4, 3).time.values, found.time[4:])
    scenario.expect(dataset(4, 3).sst.values, found.sst[4:])


def append_with_dask():
    dataset(4, 2, offset=7).drop_vars(["station", "mask", "y", "x"]).chunk({"time": 2}).to_zarr(path, group="dask", append_dim="time")
    scenario.expect(dataset(4, 2, offset=7).sst.values, read(group="dask").sst[4:])


def attributes():
    group = zarr.open_group(path, mode="r+")
    group.attrs["history"] = "changed"
    group["sst"].attrs["source"] = "buoy"
    zarr.consolidate_metadata(path)
    assert read().attrs["history"] == "changed" and read().sst.attrs["source"] == "buoy"


def shrink():
    """xarray makes nothing shorter by itself."""
    group = zarr.open_group(path, mode="r+")
    for name, array in list(group.arrays()):
        dimensions = (getattr(array.metadata, "dimension_names", None) if version == 3 else None) or array.attrs["_ARRAY_DIMENSIONS"]
        array.resize(tuple(6 if dimension == "time" else size for dimension, size in zip(dimensions, array.shape)))
    zarr.consolidate_metadata(path)
    assert read().sizes["time"] == 6


def delete():
    shutil.rmtree(os.path.join(path, "later"))
    shutil.rmtree(os.path.join(path, "level"))
    zarr.consolidate_metadata(path)
    assert "level" not in read()


def move():
    scenario.move(f"{path}/dask", f"{path}/coast/south")
    same(dataset(0, 4, offset=7).isel(time=0), read(group="coast/south", consolidated=False).isel(time=0))


def consolidate():
    zarr.consolidate_metadata(path)


def reopen():
    found = read()
    scenario.expect(dataset(0, 1).sst.values, found.sst[:1])
    scenario.expect(dataset(5, 1).packed.values, found.packed[5:6])
    scenario.expect(np.array(["a", "bb", "ccc"], dtype=object), found.station)
    assert found.sst.attrs["units"] == "K" and found.attrs["history"] == "changed"


steps = [create_with_mode_w, create_again_with_mode_w_minus_is_refused, create_a_group_with_mode_w_minus]
steps += [add_a_variable_with_mode_a, overwrite_a_region, overwrite_with_mode_r_plus, write_with_dask, append, append_with_dask, attributes]
steps += [shrink, delete, move, consolidate, reopen]
scenario.run(steps, lambda: readers.zarr(path))
