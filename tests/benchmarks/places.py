"""Where the same files are: a plain directory, a mount of ours with them in a commit, and bindfs over the plain directory."""
import json
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FUSE_SETTLES = 0.3  # dropped inodes are forgotten in messages that the daemon must not be answering when the clock runs


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


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
    time.sleep(FUSE_SETTLES)


def warm_files(folder):
    """Reads every file below, so that the disk below a mount need not be asked."""
    subprocess.run(["grep", "-rqs", "no such text is in here", folder], check=False)


class Mount:
    """A repository mounted by the program as it was built."""

    def __init__(self, work, repository, *options):
        self.repository, self.point, self.options = repository, f"{work}/mounts/{repository.replace('/', '-')}", options
        os.makedirs(self.point, exist_ok=True)

    def __enter__(self):
        run("arraylakefs", "mount", self.repository, self.point, *self.options)
        return self

    def __exit__(self, *_):
        run("arraylakefs", "umount", self.point)

    def again(self):
        """The kernel has nothing of it any more."""
        self.__exit__()
        self.__enter__()

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
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline") as file:
                    if name.isdigit() and self.point in file.read() and "--detached" in open(f"/proc/{name}/cmdline").read():
                        return int(name)
            except OSError:
                continue
        raise LookupError(f"no daemon serves {self.point}")

    def memory(self):
        """MB of it that are resident."""
        with open(f"/proc/{self.daemon()}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


class BindFs:
    """bindfs(1) over a directory, or nothing where it is not installed."""

    def __init__(self, work, folder):
        self.folder, self.point = folder, f"{work}/mounts/bindfs"
        os.makedirs(self.point, exist_ok=True)

    def __enter__(self):
        run("bindfs", self.folder, self.point)
        return self

    def __exit__(self, *_):
        run("umount", self.point)

    def again(self):
        self.__exit__()
        self.__enter__()
