"""Sixteen processes write disjoint chunks of one array at once, and in the second turn over what is there.

usage: parallel.py TURN zarr|dask FORMAT DIRECTORY      TURN: 1 or 2; FORMAT: 3 or 2
"""

import glob
import multiprocessing
import os
import sys
import time

import dask
import dask.array
import numpy as np
import xarray
import zarr

import readers
import scenario

PROCESSES, CHUNKS, LENGTH = 16, 20, 100
turn, way, version, path = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]


def values(process):
    """All that one process writes: it has every sixteenth chunk, so that neighbours are others'."""
    return {
        (process + PROCESSES * i) * LENGTH: turn * 10**8 + process * 10**6 + i * 10**3 + np.arange(LENGTH) for i in range(CHUNKS)
    }


def everything():
    parts = {start: part for process in range(PROCESSES) for start, part in values(process).items()}
    return np.concatenate([parts[start] for start in sorted(parts)])


def write(process, barrier):
    array = zarr.open_group(path, mode="r+", use_consolidated=False)["shared"]
    barrier.wait()
    for start, part in values(process).items():
        array[start:start + LENGTH] = part


def with_zarr():
    if turn == 1:
        named = {"dimension_names": ["i"]} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": ["i"]}}
        length = PROCESSES * CHUNKS * LENGTH
        zarr.create_array(path, name="shared", shape=length, chunks=LENGTH, dtype="i8", fill_value=-1, zarr_format=version, **named)
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(PROCESSES)
    workers = [fork.Process(target=write, args=(process, barrier)) for process in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0, f"a process ended with {worker.exitcode}"


def numbered(block_info=None):
    """
    The values of a chunk, made where it is written; each process leaves its number, and waits until there are as many as there should be:
    dask gives work to those that are idle, and the first would have done it before the last has started.
    """
    mark = f"/tmp/parallel-{os.getppid()}-"
    open(f"{mark}{os.getpid()}", "w").close()
    while len(there := glob.glob(f"{mark}*")) < PROCESSES:
        if time.time() > min(map(os.path.getmtime, there)) + 60:
            raise RuntimeError(f"dask has {len(there)} processes")
        time.sleep(0.01)
    start = block_info[None]["array-location"][0][0]
    return everything()[start:start + LENGTH]


def with_dask():
    length = PROCESSES * CHUNKS * LENGTH
    lazy = dask.array.map_blocks(numbered, chunks=((LENGTH,) * (length // LENGTH),), dtype="i8", meta=np.array([], "i8"))
    with dask.config.set({"scheduler": "processes", "num_workers": PROCESSES, "multiprocessing.context": "fork"}):
        shared = xarray.Dataset({"shared": ("i", lazy)})
        if turn == 1:
            shared.to_zarr(path, mode="a", zarr_format=version, consolidated=False)
        else:
            shared.to_zarr(path, mode="r+", consolidated=False)
    marks = glob.glob(f"/tmp/parallel-{os.getpid()}-*")
    for name in marks:
        os.unlink(name)
    assert len(marks) == PROCESSES, f"dask had {len(marks)} processes"


def read_back():
    scenario.expect(everything(), zarr.open_group(path, mode="r", use_consolidated=False)["shared"][:])


if __name__ == "__main__":
    scenario.run([with_zarr if way == "zarr" else with_dask, read_back], lambda: readers.zarr(path))
