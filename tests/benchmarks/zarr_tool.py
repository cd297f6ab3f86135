"""Writes and reads an array with zarr-python 3; prints the seconds, without those of the imports.

usage: zarr_tool.py FOLDER CHUNKS BYTES_OF_A_CHUNK"""
import sys
import time

import numpy as np
import zarr

folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
block = np.random.default_rng(1).integers(0, 255, size, np.uint8)
values = np.tile(block, count)
zarr.open_group(folder, mode="w")  # what was there is not part of it
start = time.perf_counter()
array = zarr.create_array(f"{folder}/array", shape=values.shape, chunks=(size,), dtype="uint8", compressors=None)
array[:] = values
read = zarr.open_array(f"{folder}/array", mode="r")[:]
print(time.perf_counter() - start)
assert np.array_equal(read, values)
