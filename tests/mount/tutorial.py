"""The tutorial "Manage Zarr Data" with an unmodified zarr-python and xarray, one step a run.

usage: tutorial.py STEP PATH [ARGUMENT...]

PATH is any directory, so that the same steps run on a plain disk as the measure of what is right.
What a step finds out is printed as JSON.
"""

import errno
import json
import os
import sys

import numpy as np
import xarray
import zarr
from zarr.codecs import BloscCodec


def set_title(path):
    zarr.open_group(path).attrs["title"] = "Ocean Data Repository 🐳"


def set_description(path):
    zarr.open_group(path).attrs["description"] = "Data about the ocean."


def attributes(path):
    return dict(zarr.open_group(path, mode="r").attrs)


def try_to_write(path):
    """Every way a tool tries to change a tree; the answer has the errno of each."""

    def attempt(change):
        try:
            change()
        except OSError as error:
            return errno.errorcode[error.errno]
        return "done"

    return {
        "attributes": attempt(lambda: zarr.open_group(path, mode="r+").attrs.update(refused=True)),
        "group": attempt(lambda: zarr.open_group(path, mode="r+").create_group("refused")),
        "file": attempt(lambda: open(path + "/refused", "w").close()),
    }


def create(path):
    atlantic = zarr.open_group(path).create_group("atlantic")
    atlantic.attrs["title"] = "Atlantic Ocean"
    temperature = atlantic.create_array(
        "temperature",
        shape=100,
        chunks=10,
        dtype="f4",
        fill_value=np.nan,
        compressors=BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"),
    )
    temperature.attrs["name"] = "Atlantic Ocean Temperature"
    temperature.attrs["units"] = "degrees Celsius"


def first_element(path):
    return str(zarr.open_group(path, mode="r")["atlantic/temperature"][0])


def fill(path):
    zarr.open_group(path)["atlantic/temperature"][:50] = 10.0


def resize(path):
    zarr.open_group(path)["atlantic/temperature"].resize(200)


def append(path):
    zarr.open_group(path)["atlantic/temperature"][100:] = 99


def summary(path, name):
    """The shape of an array, its attributes, and how often each value occurs."""
    array = zarr.open_group(path, mode="r")[name]
    values, counts = np.unique(array[...], return_counts=True)
    return {
        "shape": list(array.shape),
        "attributes": dict(array.attrs),
        "values": {str(value): int(count) for value, count in zip(values, counts)},
    }


def watch(path, name, ready, stop):
    """Looks at an array again and again until the file "stop" appears; says with the file "ready" that it has begun."""
    seen = []
    while True:
        last = os.path.exists(stop)
        found = summary(path, name)
        del found["attributes"]
        if not seen or seen[-1] != found:
            seen.append(found)
        if last:
            return seen
        open(ready, "w").close()


def members(path):
    return sorted(name for name, _ in zarr.open_group(path, mode="r").members(max_depth=None))


def delete_array(path):
    del zarr.open_group(path)["atlantic_group"]["temperature_array"]


def delete_group(path):
    del zarr.open_group(path)["atlantic_group"]


def dataset(start, hours):
    time = np.arange(start, start + hours)
    return xarray.Dataset(
        {"sst": (("time", "y"), np.outer(time, np.arange(3)).astype("f8"), {"units": "K"})},
        coords={"time": ("time", time)},
    )


def xarray_write(path):
    dataset(0, 6).to_zarr(path, group="pacific", mode="w", consolidated=False)


def xarray_append(path):
    dataset(6, 4).to_zarr(path, group="pacific", append_dim="time", consolidated=False)


def xarray_read(path):
    with xarray.open_zarr(path, group="pacific", consolidated=False) as found:
        return {
            "sizes": dict(found.sizes),
            "sum": float(found.sst.sum()),
            "time": found.time.values.tolist(),
            "units": found.sst.attrs["units"],
        }


def overwrite(path):
    """mode="w" removes the tree, root directory and all, and makes it again."""
    zarr.open_group(path, mode="w").attrs["title"] = "anew"


answer = globals()[sys.argv[1]](*sys.argv[2:])
if answer is not None:
    print(json.dumps(answer, sort_keys=True))
