"""System calls on many files: each case on the plain directory, in the session, in a commit, where files are opened also in the same commit mounted
by itself (--immutable), and through bindfs."""
import itertools
import os
import subprocess

from measure import Case
from places import drop_caches, make_array, make_group, settle, warm_files

MIB, SMALL, TINY = 1 << 20, 64 << 10, 4 << 10


class Files:
    """The directory and the repository with the same three arrays: large, small and tiny chunks."""

    def __init__(self, program, native, quick):
        self.program, self.native = program, native
        self.large, self.small, self.many = (128, 2048, 10_000) if quick else (1024, 16_384, 100_000)

    def make(self):
        make_group(self.native)
        for name, count, size in (("large", self.large, MIB), ("small", self.small, SMALL), ("tiny", self.many, TINY)):
            self.disk("create", make_array(f"{self.native}/{name}", count, size), count, 2, size)

    def disk(self, work, folder, count, threads=1, size=MIB):
        return float(subprocess.run(
            [self.program, work, folder, str(count), str(threads), str(size)], check=True, stdout=subprocess.PIPE, text=True).stdout)

    def cases(self, mount, immutable, chunks, bindfs):
        """`chunks` is the folder of the repository's chunk objects."""
        trees = {"native": lambda: self.native, "session": lambda: mount.session, "commit": lambda: mount.committed}
        if bindfs:
            trees["bindfs"] = lambda: bindfs.point
        mounts = {"session": mount, "commit": mount, "immutable": immutable, "bindfs": bindfs}

        def goals(goal, commit_goal=None):
            of = {"session": goal, "commit": commit_goal or goal, "immutable": commit_goal or goal}
            return {(place, "native"): of[place] for place in of} | {(place, "bindfs"): 1 for place in of}

        def case(name, amount, unit, work, before, wanted, opens=True):
            places = trees | ({"immutable": lambda: immutable.session} if opens else {})
            return Case(name, amount, unit, {place: self.timed(work, before, place, tree) for place, tree in places.items()}, wanted)

        def cold(place, folder):
            drop_caches()

        def first(place, folder):
            """The kernel knows nothing of the mount's files, but all of those below it."""
            drop_caches()
            if place in mounts:
                mounts[place].again()
            warm_files(f"{self.native}/large/c" if place in ("native", "bindfs") else chunks, MIB)

        def warm(work):
            def before(place, folder):
                work(folder)
                settle()
            return before

        def reading(array, count, size, threads=1, how="read"):
            return lambda folder: self.disk(how, f"{folder}/{array}/c", count, threads, size)

        large = reading("large", self.large, MIB)
        yield case("read 1 MiB chunks, caches dropped", self.large, "MiB", large, cold, goals(0.9))
        yield case("read 1 MiB chunks, warm", self.large, "MiB", large, warm(large), goals(0.65, 0.9))
        mapped = reading("large", self.large, MIB, how="map")
        yield case("map 1 MiB chunks, warm", self.large, "MiB", mapped, warm(mapped), goals(None))
        yield case("read 1 MiB chunks for the first time, disk cache warm", self.large, "MiB", large, first, goals(0.55))
        for threads, cold_goal, session_goal in ((1, 0.6, 0.15), (4, 0.7, 0.25)):
            small = reading("small", self.small, SMALL, threads)
            suffix = f"{threads} thread{'s' if threads > 1 else ''}"
            yield case(f"open+read+close 64 KiB, cold, {suffix}", self.small, "files", small, cold, goals(cold_goal))
            yield case(f"open+read+close 64 KiB, warm, {suffix}", self.small, "files", small, warm(small), goals(session_goal, 0.85))
        stat, listing, names = (reading("tiny", self.many, TINY, how=how) for how in ("stat", "list", "names"))
        yield case("stat, warm", self.many, "files", stat, warm(stat), goals(0.85), opens=False)
        yield case("stat, cold", self.many, "files", stat, cold, goals(0.2), opens=False)
        yield case("list with stat, cold", self.many, "files", listing, cold, goals(1.0), opens=False)
        yield case("list names, cold", self.many, "names", names, cold, goals(0.6), opens=False)
        yield case("list names, warm", self.many, "names", names, warm(names), goals(0.6), opens=False)
        yield from self.writing(mount, bindfs)

    def timed(self, work, before, place, tree):
        def measure():
            before(place, tree())
            return work(tree())
        return measure

    def writing(self, mount, bindfs):
        trees = {"native": self.native, "session": mount.session, **({"bindfs": bindfs.point} if bindfs else {})}
        count = self.small // 4
        numbers = itertools.count()

        def fresh(root, size=SMALL):
            # Another one each time, and the old ones stay, also for the cases behind these: ext4 without a journal uses no inode again that was freed in the last minutes, and
            # looks at all of them, one by one, for each file that is made.
            chunks = make_array(f"{root}/fresh-{next(numbers)}", count, size)
            os.sync()
            return chunks

        def create(root, threads, count, size):
            return self.disk("create", fresh(root, size), count, threads, size)

        def read_back(root, count):
            chunks = fresh(root, MIB)
            self.disk("create", chunks, count)
            return self.disk("read", chunks, count)

        def remove(root):
            chunks = fresh(root)
            self.disk("create", chunks, count, 1, SMALL)
            return self.disk("remove", chunks, count)

        goals = {("session", "native"): None, ("session", "bindfs"): 1}
        for name, size, n in (("64 KiB", SMALL, count), ("1 MiB", MIB, count // 16)):
            for threads in (1, 4):
                places = {place: lambda root=root, how=(threads, n, size): create(root, *how) for place, root in trees.items()}
                yield Case(
                    f"create + write {name} + rename, {threads} thread{'s' if threads > 1 else ''}", n, "files", places,
                    goals | ({("session", "native"): 0.45} if size == SMALL else {}))
        large = count // 16
        yield Case(
            "read 1 MiB chunks that were just written", large, "MiB", {place: lambda root=root: read_back(root, large) for place, root in trees.items()}, goals)
        yield Case(
            "unlink", count, "files", {place: lambda root=root: remove(root) for place, root in trees.items()}, goals)
