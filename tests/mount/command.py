"""One call on a path of a mount, and the exact errno it ended with (or OK).

usage: command.py write PATH TEXT     one write(2) into a file that is there
       command.py write-hex PATH HEX  the same with any bytes
       command.py write-long PATH N   one write(2) of N letters
       command.py CALL PATH [PATH]    create (O_EXCL), mkdir, unlink, rmdir, rename, link, truncate, read
"""

import errno
import os
import sys


def write(path, data):
    file = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        count = os.write(file, data)
    finally:
        os.close(file)
    if count != len(data):
        raise SystemExit(f"{count} of {len(data)} bytes were written")


def read(path):
    with open(path, "rb") as file:
        file.read()


CALLS = {
    "write": lambda path, text: write(path, text.encode()),
    "write-hex": lambda path, text: write(path, bytes.fromhex(text)),
    "write-long": lambda path, count: write(path, b"a" * int(count)),
    "create": lambda path: os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)),
    "truncate": lambda path: os.truncate(path, 0),
    "mkdir": os.mkdir,
    "unlink": os.unlink,
    "rmdir": os.rmdir,
    "rename": os.rename,
    "link": os.link,
    "read": read,
}

try:
    CALLS[sys.argv[1]](*sys.argv[2:])
    print("OK")
except OSError as error:
    print(errno.errorcode[error.errno])
