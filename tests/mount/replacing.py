"""Processes that open and read a file, over and over, while another replaces it by renames.

usage: replacing.py FOLDER NAME COUNT

Every version is a number, written a thousand times. Whoever opens the name gets one version, whole, and no error. Prints how many were read.
"""

import os
import sys

READERS = 3


def version(number):
    return b"%08d" % number * 1000


def replace(folder, name, count):
    for number in range(count):
        temporary = f"{folder}/{number}.partial"
        with open(temporary, "xb", buffering=0) as file:
            file.write(version(number))
        os.rename(temporary, f"{folder}/{name}")


def read(path, last):
    count, data = 0, b""
    while data != last:
        with open(path, "rb", buffering=0) as file:
            data = file.readall()
        if data != version(int(data[:8])):
            raise SystemExit(f"{path} is a mix: {len(data)} bytes, {data[:80]!r}")
        count += 1
    return count


folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
replace(folder, name, 1)
readers = []
for _ in range(READERS):
    end, start = os.pipe()
    if os.fork() == 0:
        os.write(start, b"%d" % read(f"{folder}/{name}", version(count - 1)))
        os._exit(0)
    os.close(start)
    readers.append(end)
replace(folder, name, count)
counts = [os.read(end, 100) for end in readers]
if not all(counts):
    raise SystemExit("a reader has failed")
print(sum(map(int, counts)))
