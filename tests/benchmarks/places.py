"""Where the same files are: a plain directory, a mount of ours with them in a commit, and bindfs over the plain directory."""
import contextlib
import json
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FUSE_SETTLES = 0.3  # inodes that were dropped, or are too many, are forgotten in messages that the daemon must not be answering when the clock runs


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def write(path, text):
    """One write(2), as a control file wants it."""
    with open(path, "wb", buffering=0) as file:
        file.write(text.encode())


def array_document(shape, chunk_shape):
    return json.dumps({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint8", "fill_value": 0, "codecs": [{"name": "bytes"}],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk_shape}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}})


def make_group(path):
    os.makedirs(path, exist_ok=True)
    write(f"{path}/zarr.json", json.dumps({"zarr_format": 3, "node_type": "group"}))


def make_array(path, count, size):
    """An array whose chunks 0 ... count-1 have size bytes each; its directory of chunks is empty."""
    os.makedirs(f"{path}/c")
    write(f"{path}/zarr.json", array_document([count * size], [size]))
    return f"{path}/c"


def can_drop_caches():
    return os.access("/proc/sys/vm/drop_caches", os.W_OK) and os.geteuid() == 0


def drop_caches():
    os.sync()
    write("/proc/sys/vm/drop_caches", "3")
    settle()


def settle():
    time.sleep(FUSE_SETTLES)


@contextlib.contextmanager
def io_uring(allowed):
    """Whether the kernel may hand the messages of mounts over by io_uring, where it knows how to."""
    switch = "/sys/module/fuse/parameters/enable_uring"
    if not os.access(switch, os.W_OK):
        if allowed:
            raise SystemExit(f"{switch} cannot be written: Linux 6.14 or newer and root are needed for --io-uring")
        yield
        return
    with open(switch) as file:
        before = file.read()
    write(switch, "Y" if allowed else "N")
    os.environ["ARRAYLAKEFS_IO_URING"] = "on" if allowed else "off"
    try:
        yield
    finally:
        write(switch, before)


def warm_files(folder, size):
    """Reads every file below that has at least so many bytes, so that the disk below a mount need not be asked."""
    subprocess.run(["find", folder, "-type", "f", "-size", f"+{size // 1024 - 1}k", "-exec", "grep", "-qs", "no such text is in here", "{}", "+"], check=False)


class Mounted:
    """Something mounted by a command, and unmounted by another."""

    def __init__(self, point, mount, unmount):
        self.point, self.mount, self.unmount = point, [*mount, point], [*unmount, point]
        os.makedirs(point, exist_ok=True)

    def __enter__(self):
        run(*self.mount)
        return self

    def __exit__(self, *_):
        run(*self.unmount)

    def again(self):
        """The kernel has nothing of it any more."""
        self.__exit__()
        self.__enter__()


class BindFs(Mounted):
    """bindfs(1) over a directory."""

    def __init__(self, work, folder):
        super().__init__(f"{work}/mounts/bindfs", ["bindfs", folder], ["umount"])


class Mount(Mounted):
    """A repository mounted by the program as it was built."""

    def __init__(self, work, repository, *options):
        point = f"{work}/mounts/{repository.replace('/', '-')}{''.join(options)}"
        super().__init__(point, ["arraylakefs", "mount", *options, repository], ["arraylakefs", "umount"])

    def commit(self, message):
        write(f"{self.point}/commit", message)

    @property
    def session(self):
        return f"{self.point}/root.zarr"

    @property
    def committed(self):
        return os.path.realpath(f"{self.point}/branches/main/root.zarr")

    def daemon(self):
        """The process that serves it."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline") as file:
                    command = file.read()
            except OSError:
                continue
            if self.point in command and "--detached" in command:
                return int(name)
        raise LookupError(f"no daemon serves {self.point}")

    def memory(self, what="VmRSS"):
        """MB of it that are resident; VmHWM: that were at most since the peak was forgotten."""
        with open(f"/proc/{self.daemon()}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(what)) / 1024

    def forget_peak(self):
        write(f"/proc/{self.daemon()}/clear_refs", "5")
