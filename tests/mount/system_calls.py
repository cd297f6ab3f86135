"""Calls that tools make beside open, read and write, each with what came of it, as one JSON object.

usage: system_calls.py FOLDER CHUNK     FOLDER can be written to; CHUNK is a file of at least 600 bytes in it
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import stat
import struct
import sys

folder, chunk = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
F_OFD_SETLK, FICLONE, TCGETS = 37, 0x40049409, 0x5401
outcomes = {}


def tell(name):
    """What a call gave back, or its errno."""

    def run(call):
        try:
            outcomes[name] = call()
        except OSError as error:
            outcomes[name] = "EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else errno.errorcode[error.errno]  # ENOTSUP is the same
        return call

    return run


def in_another_process(call):
    end, start = os.pipe()
    if os.fork() == 0:
        try:
            call()
            os.write(start, b"OK")
        except OSError as error:
            os.write(start, errno.errorcode[error.errno].encode())
        os._exit(0)
    os.close(start)
    return os.read(end, 99).decode()


def opened(flags=os.O_RDWR):
    return os.open(chunk, flags)


def raw(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


@tell("flock")
def _():
    file = opened()
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    other = in_another_process(lambda: fcntl.flock(opened(), fcntl.LOCK_EX | fcntl.LOCK_NB))
    fcntl.flock(file, fcntl.LOCK_UN)
    return other, in_another_process(lambda: fcntl.flock(opened(), fcntl.LOCK_EX | fcntl.LOCK_NB))


@tell("fcntl lock")
def _():
    file = opened()
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)
    return [in_another_process(lambda start=start: fcntl.lockf(opened(), fcntl.LOCK_EX | fcntl.LOCK_NB, 10, start)) for start in (5, 10)]


@tell("lock of an open file description")
def _():
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    first = opened()
    fcntl.fcntl(first, F_OFD_SETLK, lock)
    return in_another_process(lambda: fcntl.fcntl(opened(), F_OFD_SETLK, lock))


@tell("private mapping")
def _():
    file = opened(os.O_RDONLY)
    mapped = mmap.mmap(file, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    same = mapped[:] == os.pread(file, 1 << 20, 0)
    mapped[:4] = b"mine"
    return same, os.pread(file, 4, 0) != b"mine"


@tell("shared mapping to read")
def _():
    file = opened(os.O_RDONLY)
    return mmap.mmap(file, 0, prot=mmap.PROT_READ)[:] == os.pread(file, 1 << 20, 0)


@tell("direct read")
def _():
    expected = os.pread(opened(os.O_RDONLY), 512, 0)
    try:
        file = opened(os.O_RDONLY | os.O_DIRECT)
    except OSError as error:
        return "refused" if error.errno == errno.EINVAL else errno.errorcode[error.errno]
    buffer = mmap.mmap(-1, 4096)
    os.preadv(file, [memoryview(buffer)[:512]], 0)
    return "the same" if buffer[:512] == expected else "something else"


@tell("terminal?")
def _():
    return fcntl.ioctl(opened(os.O_RDONLY), TCGETS, bytes(60)) and "yes"


@tell("clone")
def _():
    target = os.open(f"{folder}/clone", os.O_RDWR | os.O_CREAT, 0o600)
    return fcntl.ioctl(target, FICLONE, opened(os.O_RDONLY))


@tell("set an extended attribute")
def _():
    os.setxattr(chunk, "user.mine", b"x")


@tell("list extended attributes")
def _():
    return os.listxattr(chunk)


@tell("change the owner to the owner")
def _():
    status = os.stat(chunk)
    os.chown(chunk, status.st_uid, status.st_gid)
    return os.stat(chunk).st_uid == status.st_uid


@tell("change the owner")
def _():
    before = os.stat(chunk).st_uid
    os.chown(chunk, 12345, 12345)
    return os.stat(chunk).st_uid == before


@tell("space")
def _():
    space = os.statvfs(folder)
    return space.f_bavail > 0, space.f_namemax


@tell("modes at creation")
def _():
    os.umask(0)
    modes = []
    for mode in (0o600, 0o660, 0o770, 0o444):
        os.close(os.open(f"{folder}/mode", os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        modes.append(oct(stat.S_IMODE(os.stat(f"{folder}/mode").st_mode)))
        os.unlink(f"{folder}/mode")
    return modes


@tell("a pipe")
def _():
    os.mkfifo(f"{folder}/pipe")


@tell("a device")
def _():
    os.mknod(f"{folder}/device", stat.S_IFCHR | 0o600, os.makedev(1, 3))


@tell("read a directory")
def _():
    return os.read(os.open(folder, os.O_RDONLY), 10)


@tell("a name that is no UTF-8")
def _():
    os.close(os.open(os.fsencode(folder) + b"/\xff\xfe", os.O_WRONLY | os.O_CREAT))


@tell("look for a name that is no UTF-8")
def _():
    os.stat(os.fsencode(folder) + b"/\xff\xfe")


@tell("append")
def _():
    path = f"{folder}/appended"
    for text in (b"one", b"two"):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, text)
        os.close(file)
    with open(path, "rb") as file:
        return file.read().decode()


@tell("write through /proc")
def _():
    return in_another_process(lambda: os.close(os.open(f"/proc/self/fd/{opened()}", os.O_RDWR)))


@tell("a temporary file without a name")
def _():
    os.open(folder, os.O_RDWR | os.O_TMPFILE, 0o600)


@tell("the device of a file is that of its folder")
def _():
    return os.stat(chunk).st_dev == os.stat(folder).st_dev == os.fstat(opened()).st_dev


@tell("kinds in a listing")
def _():
    return all(entry.is_file(follow_symlinks=False) == stat.S_ISREG(os.lstat(entry.path).st_mode) for entry in os.scandir(folder))


@tell("synced from the file to the folder")
def _():
    os.fsync(opened())
    os.fdatasync(opened())
    os.fsync(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
    return "OK"


print(json.dumps(outcomes))
