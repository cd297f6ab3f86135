"""Times the same work on a mount and in a plain directory beside the repository, round by round in turn; prints medians and ratios.

usage: benchmark.py MOUNT NATIVE [--rounds N] [--files N] [CASE...]

"commit" is the tree of a commit, which never changes; "session" the writable tree. Nothing is asserted: machines differ, ratios of one run
can be compared.
"""

import argparse
import json
import os
import shutil
import statistics
import time

MIB, SMALL = 1 << 20, 64 << 10
GROUP = {"zarr_format": 3, "node_type": "group"}


def array(count):
    return {
        "zarr_format": 3, "node_type": "array", "shape": [count], "data_type": "uint8", "fill_value": 0, "codecs": [{"name": "bytes"}, {"name": "gzip"}],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}}


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)


def make_array(folder, count, size):
    os.makedirs(f"{folder}/c")
    put(f"{folder}/zarr.json", json.dumps(array(count)).encode())
    block = os.urandom(size)
    for i in range(count):
        put(f"{folder}/c/{i}", i.to_bytes(8, "little") + block[8:])


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")


def read_all(folder, size):
    buffer = bytearray(size)
    names = os.listdir(folder)
    for name in names:
        with open(f"{folder}/{name}", "rb", buffering=0) as file:
            file.readinto(buffer)
    return len(names)


def stat_all(folder):
    names = os.listdir(folder)
    for name in names:
        os.stat(f"{folder}/{name}")
    return len(names)


def list_all(folder):
    with os.scandir(folder) as entries:
        return sum(1 for entry in entries if entry.stat())


def write_all(folder, count, data):
    """As zarr-python writes a chunk."""
    for i in range(count):
        put(f"{folder}/{i}.partial", data)
        os.replace(f"{folder}/{i}.partial", f"{folder}/{i}")
    return count


def remove_all(folder):
    names = os.listdir(folder)
    for name in names:
        os.unlink(f"{folder}/{name}")
    return len(names)


class Bench:
    def __init__(self, mount, native, rounds, files):
        self.mount, self.native, self.rounds, self.files = mount, native, rounds, files
        self.large, self.many = max(64, files // 64), files
        put(f"{mount}/root.zarr/zarr.json", json.dumps(GROUP).encode())
        for folder in (f"{mount}/root.zarr", native):
            make_array(f"{folder}/large", self.large, MIB)
            make_array(f"{folder}/small", self.many, SMALL)
        start = time.perf_counter()
        self.command("commit", "benchmark")
        print(f"{'commit of %d chunks' % (self.large + self.many):44}{(self.large + self.many) / (time.perf_counter() - start):12.0f} chunks/s")
        with open(f"{mount}/commit") as file:
            commit = file.read().strip()
        self.trees = {"session": f"{mount}/root.zarr", "commit": f"{mount}/commits/{commit}/root.zarr"}

    def command(self, name, text):
        with open(f"{self.mount}/{name}", "wb", buffering=0) as file:
            file.write(text.encode())

    def cases(self):
        for tree, folder in self.trees.items():
            for temperature in ("cold", "warm"):
                yield f"read 1 MiB chunks, {tree}, {temperature}", temperature, folder, lambda f: read_all(f"{f}/large/c", MIB)
                yield f"open+read+close 64 KiB, {tree}, {temperature}", temperature, folder, lambda f: read_all(f"{f}/small/c", SMALL)
                yield f"stat, {tree}, {temperature}", temperature, folder, lambda f: stat_all(f"{f}/small/c")
                yield f"list with stat, {tree}, {temperature}", temperature, folder, lambda f: list_all(f"{f}/small/c")

    def run(self, wanted):
        print(f"{'case':44}{'native /s':>12}{'mount /s':>12}{'ratio':>8}")
        for name, temperature, folder, work in self.cases():
            if not wanted or any(part in name for part in wanted):
                self.compare(name, folder, work, temperature == "cold")
        if not wanted or any(part in "create + write 64 KiB + rename, unlink" for part in wanted):
            self.compare_writing()

    def compare(self, name, folder, work, cold):
        rates = {self.native: [], folder: []}
        for place in ([] if cold else rates):
            work(place)
        for _ in range(self.rounds):
            for place, found in rates.items():
                if cold:
                    drop_caches()
                start = time.perf_counter()
                found.append(work(place) / (time.perf_counter() - start))
        self.show(name, rates[self.native], rates[folder])

    def compare_writing(self):
        count, data = min(self.files, 4000), os.urandom(SMALL)
        rates = {work: {self.native: [], self.mount: []} for work in ("create + write 64 KiB + rename", "unlink")}
        for _ in range(self.rounds):
            for place, root in ((self.native, self.native), (self.mount, f"{self.mount}/root.zarr")):
                folder = f"{root}/fresh"
                os.makedirs(folder)
                for name, work in (("create + write 64 KiB + rename", lambda: write_all(folder, count, data)), ("unlink", lambda: remove_all(folder))):
                    start = time.perf_counter()
                    rates[name][place].append(work() / (time.perf_counter() - start))
                shutil.rmtree(folder)
        for name, found in rates.items():
            self.show(name, found[self.native], found[self.mount])

    @staticmethod
    def show(name, native, mounted):
        ratio = statistics.median(m / n for n, m in zip(native, mounted))
        print(f"{name:44}{statistics.median(native):12.0f}{statistics.median(mounted):12.0f}{ratio:8.2f}", flush=True)


parser = argparse.ArgumentParser(description="compares a mount with a plain directory")
parser.add_argument("mount")
parser.add_argument("native")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--files", type=int, default=8192)
parser.add_argument("case", nargs="*")
options = parser.parse_args()
Bench(options.mount, options.native, options.rounds, options.files).run(options.case)
