"""Missing values, as xarray writes them and decodes them.

usage: masks.py write FORMAT DIRECTORY      FORMAT: 3 or 2
       masks.py read DIRECTORY...           prints as JSON, for each, the values of each variable; null is a missing one
"""

import sys

import numpy as np
import xarray

import scenario

FLOATS = np.array([0.0, 1.5, np.nan, 3.0, np.nan, -999.0, 7.25, np.nan])
# How a variable is stored: the type, what stands for a missing value, and maybe more.
ENCODINGS = {
    "default": {},
    "float": {"dtype": "f4", "_FillValue": -9999.0},
    "nan": {"dtype": "f8", "_FillValue": np.nan},
    "zero": {"dtype": "f8", "_FillValue": 0.0},
    "short": {"dtype": "i2", "_FillValue": -1},
    "long": {"dtype": "i8", "_FillValue": -(2**40)},
    "unsigned": {"dtype": "u1", "_FillValue": 255},
    "packed": {"dtype": "i2", "_FillValue": -32768, "scale_factor": 0.25, "add_offset": 100.0},
    "none": {"dtype": "f8", "_FillValue": None},
}


def values(name):
    """Integers have no fractions; where zero is missing, no value is zero; everywhere the last chunk has nothing but missing values."""
    data = FLOATS.copy()
    if name in ("short", "long", "unsigned"):
        data = np.abs(np.round(data)) % 250
    if name == "zero":
        data[0] = 2.0
    return np.concatenate([data, np.full(4, 5.0 if name == "none" else np.nan)])


def write(version, path):
    dataset = xarray.Dataset({name: ("x", values(name), {"units": "m"}) for name in ENCODINGS})
    encoding = {name: {"chunks": (4,), **settings} for name, settings in ENCODINGS.items()}
    dataset.to_zarr(path, mode="w", zarr_format=int(version), encoding=encoding)
    scenario.finish(read(path))


def read(path):
    with xarray.open_zarr(path) as dataset:
        found = {name: [None if np.isnan(value) else float(value) for value in dataset[name].values] for name in sorted(dataset.variables)}
    for name, seen in found.items():
        scenario.expect(values(name), np.array(seen, dtype="f8"))
    return found


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "write":
        write(*arguments)
    else:
        scenario.finish({path: read(path) for path in arguments})
