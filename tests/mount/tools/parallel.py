"""Sixteen processes write disjoint chunks of one array at once.

usage: parallel.py zarr|dask DIRECTORY
"""

import multiprocessing
import os
import sys

import dask
import dask.array
import numpy as np
import xarray
import zarr

import readers
import scenario

PROCESSES, CHUNKS, LENGTH = 16, 20, 100
way, path = sys.argv[1:]


def values(process):
    """All that one process writes: it has every sixteenth chunk, so that neighbours are others'."""
    return {(process + PROCESSES * i) * LENGTH: process * 10**6 + i * 10**3 + np.arange(LENGTH) for i in range(CHUNKS)}


def everything():
    parts = {start: part for process in range(PROCESSES) for start, part in values(process).items()}
    return np.concatenate([parts[start] for start in sorted(parts)])


def write(process, barrier):
    array = zarr.open_group(path, mode="r+", use_consolidated=False)["shared"]
    barrier.wait()
    for start, part in values(process).items():
        array[start:start + LENGTH] = part


def with_zarr():
    zarr.create_array(path, name="shared", shape=PROCESSES * CHUNKS * LENGTH, chunks=LENGTH, dtype="i8", dimension_names=["i"])
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(PROCESSES)
    workers = [fork.Process(target=write, args=(process, barrier)) for process in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0, f"a process ended with {worker.exitcode}"


def numbered(block_info=None):
    """The values of a chunk, made where it is written; each process leaves its number."""
    open(f"/tmp/parallel-{os.getppid()}-{os.getpid()}", "w").close()
    start = block_info[None]["array-location"][0][0]
    return everything()[start:start + LENGTH]


def with_dask():
    length = PROCESSES * CHUNKS * LENGTH
    lazy = dask.array.map_blocks(numbered, chunks=((LENGTH,) * (length // LENGTH),), dtype="i8", meta=np.array([], "i8"))
    with dask.config.set({"scheduler": "processes", "num_workers": PROCESSES, "multiprocessing.context": "fork"}):
        xarray.Dataset({"shared": ("i", lazy)}).to_zarr(path, mode="a", zarr_format=3, consolidated=False)
    marks = [name for name in os.listdir("/tmp") if name.startswith(f"parallel-{os.getpid()}-")]
    for name in marks:
        os.unlink(f"/tmp/{name}")
    assert len(marks) > 1, "dask had one process only"


def read_back():
    scenario.expect(everything(), zarr.open_group(path, mode="r", use_consolidated=False)["shared"][:])


if __name__ == "__main__":
    scenario.run([with_zarr if way == "zarr" else with_dask, read_back], lambda: readers.zarr(path))
