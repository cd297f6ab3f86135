"""zarr-python 3, unmodified, from the chroot of the tests: writing and reading arrays in a directory, on a mount and through bindfs."""
import os
import subprocess

from measure import Case
from places import HERE

ENTER = os.path.join(HERE, "..", "mount", "enter.sh")


def cases(chroot, work, native, mount, bindfs, quick):
    trees = {"native": f"{native}/zarr", "session": f"{mount.session}/zarr", **({"bindfs": f"{bindfs.point}/zarr"} if bindfs else {})}

    def measure(tree, count, size):
        def timed():
            os.sync()
            return float(subprocess.run(
                ["bash", ENTER, chroot, work, HERE, "python3", "/srv/zarr_tool.py", tree.replace(work, "/mnt"), str(count), str(size)],
                check=True, stdout=subprocess.PIPE, text=True).stdout)
        return timed

    for count, size, goal in ((1024, 1 << 20, 1.15), (20_000, 20_000, 1.5)):
        count //= 8 if quick else 1
        yield Case(
            f"zarr-python 3 writes and reads {count:,} chunks of {size:,} bytes", count, "s",
            {place: measure(tree, count, size) for place, tree in trees.items()},
            {("session", "native"): goal, ("session", "bindfs"): 1}, rounds=1 if quick else 2)
