"""A v2 tool that writes attributes, in each way, while somebody commits all the time.

usage: attributes.py MOUNT COUNT

When a write has returned, root.zarr has it.
"""

import errno
import json
import os
import sys

mount, count = sys.argv[1], int(sys.argv[2])
document = f"{mount}/root.v2.zarr/x/.zattrs"


def write(text, way):
    name = document if way == "in place" else f"{document}.partial"
    if way == "over it":
        with open(os.open(name := document, os.O_RDWR | os.O_CREAT), "wb") as file:
            file.write(text)
            file.truncate()
    else:
        with open(name, "wb") as file:
            file.write(text)
    if name != document:
        os.rename(name, document)


def commit_until_told(end):
    os.set_blocking(end, False)
    while True:
        try:
            os.read(end, 1)
            os._exit(0)
        except BlockingIOError:
            pass
        try:
            with open(f"{mount}/commit", "wb", buffering=0) as file:
                file.write(b"meanwhile\n")
        except OSError as error:
            if error.errno != errno.ENODATA:
                raise


end, start = os.pipe()
child = os.fork()
if child == 0:
    os.close(start)
    commit_until_told(end)
for number in range(count):
    write(json.dumps({"n": number}).encode(), ["in place", "renamed", "over it"][number % 3])
    with open(f"{mount}/root.zarr/x/zarr.json") as file:
        said = json.load(file)["attributes"]
    if said != {"n": number}:
        raise SystemExit(f"{number} was written, {said} is there")
os.close(start)
_, status = os.waitpid(child, 0)
if status:
    raise SystemExit("the commits have failed")
