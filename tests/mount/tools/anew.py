"""An array at the root, made anew in the place of whatever is there.

usage: anew.py STORE DIRECTORY VALUE     STORE: v3 for zarr-python 3, or one of zarr-python 2's
       anew.py read DIRECTORY...         prints as JSON, for each, the values that are found there
"""

import sys

import numpy as np
import zarr

import scenario

SETTINGS = {"shape": (4, 4), "chunks": (2, 2), "dtype": "i4", "fill_value": 0}


def make(store, path, value):
    if store == "v3":
        zarr.create_array(path, overwrite=True, **SETTINGS)[:] = value
        found = zarr.open_array(path, mode="r")
    else:
        zarr.open_array(getattr(zarr.storage, store)(path), mode="w", **SETTINGS)[:] = value
        found = zarr.open_array(getattr(zarr.storage, store)(path), mode="r")
    scenario.expect(np.full((4, 4), value), found[:])


command, *arguments = sys.argv[1:]
if command == "read":
    scenario.finish({path: zarr.open_array(path, mode="r")[:].ravel().tolist() for path in arguments})
else:
    make(command, arguments[0], int(arguments[1]))
