"""Commits, references and start-up: what the mount does against what the official client does."""
import itertools
import json
import os
import shutil
import statistics
import subprocess
import time

from measure import Case, seconds
from places import HERE, Mount, make_array, make_group, run

SIZE = 20_000
ONE_MORE = 3  # commits of one more chunk, of which the median counts; client.mjs makes as many


class Steps:
    """Work of several steps: a case for each of them, but the work is done once in a round."""

    def __init__(self, works):
        self.works, self.found, self.taken = works, {place: [] for place in works}, {}

    def step(self, name):
        return {place: lambda place=place: self.take(place, name) for place in self.works}

    def take(self, place, name):
        round = self.taken.get((place, name), 0)
        self.taken[place, name] = round + 1
        if round == len(self.found[place]):
            self.found[place].append(self.works[place]())
        return self.found[place][round][name]


class Commits:
    def __init__(self, work, disk, quick):
        self.work, self.disk, self.quick = work, disk, quick
        self.numbers = itertools.count()

    def new_repository(self):
        name = f"bench/{next(self.numbers)}"
        run("arraylakefs", "create", name)
        return name

    def folder_of(self, repository):
        return f"{os.environ['ARRAYLAKEFS_ROOT']}/{repository}"

    def official(self, *arguments):
        """The seconds of its steps, and the MB that it took."""
        preload = {"LD_PRELOAD": os.environ["OFFICIAL_PRELOAD"]} if os.environ.get("OFFICIAL_PRELOAD") else {}
        answer, memory = self.process(["node", f"{HERE}/client.mjs", *map(str, arguments)], {**os.environ, **preload})
        return {**json.loads(answer), "memory": memory}

    @staticmethod
    def process(command, environment=None):
        """What it prints, and the MB that it took."""
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        answer = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise SystemExit(f"{command} failed")
        return answer, usage.ru_maxrss / 1024

    def cases(self):
        count = 10_000 if self.quick else 100_000
        rounds = 1 if self.quick else 2
        steps = Steps({"mount": lambda: self.our_commit(count), "official": lambda: self.their_commit(count)})
        for step, what, goal in (
            ("both", f"write and commit {count:,} new chunks of 20 kB", 1.0), ("commit", "of that, the commit", None),
            ("one more", f"write and commit one more chunk beside {count:,}", 1.0)):
            yield Case(what, count, "s", steps.step(step), {("mount", "official"): goal}, rounds=rounds)
        yield from self.references(10_000 if self.quick else 1_000_000, rounds)
        yield from self.start(rounds)

    def our_commit(self, count):
        found = {}
        repository = self.new_repository()
        with Mount(self.work, repository) as mount:
            make_group(mount.session)
            chunks = make_array(f"{mount.session}/a", count + ONE_MORE, SIZE)
            mount.commit("array")

            def one_more(i):
                with open(f"{chunks}/{count + i}", "wb") as file:
                    file.write(bytes(SIZE - 1) + b"1")
                mount.commit("one more chunk")

            written = float(run(self.disk, "create", chunks, str(count), "2", str(SIZE)))
            found["commit"] = seconds(lambda: mount.commit("many chunks"))
            found["both"] = written + found["commit"]
            found["one more"] = statistics.median(seconds(lambda: one_more(i)) for i in range(ONE_MORE))
        shutil.rmtree(self.folder_of(repository))
        return found

    def their_commit(self, count):
        folder = f"{self.work}/official"
        found = self.official("commit", folder, count, SIZE)
        shutil.rmtree(folder)
        return {**found, "both": found["write"] + found["commit"]}

    def references(self, count, rounds):
        """A repository of many references in one manifest, and one of few, both made by the official client."""
        many, few = f"{self.work}/many", f"{self.work}/few"
        self.official("references", many, count)
        self.official("references", few, 1000)
        steps = Steps({
            "mount": lambda: self.our_change(many), "library": lambda: self.library(many), "official": lambda: self.official("change", many)})
        for step, unit, goal in (("change", "s", 0.25), ("memory", "MB", 0.2)):
            what = f"change one reference of {count:,} in one manifest{', memory' if unit == 'MB' else ''}"
            yield Case(what, 1, unit, steps.step(step), {("mount", "official"): goal, ("library", "official"): None}, rounds=rounds)
        yield Case(
            f"mount a repository of {count:,} chunks and read one", 1, "s",
            {"mount": lambda: self.mount_and_read(many), "official": lambda: self.official("read", many)["read"]}, {("mount", "official"): 1.0})
        moves = {f"{count:,} chunks": lambda: self.move(many), "1,000 chunks": lambda: self.move(few)}
        yield Case("move a group and commit", 1, "s", moves, {(f"{count:,} chunks", "1,000 chunks"): 1.5, (f"{count:,} chunks", None): 0.2})
        yield Case(
            "memory after browsing a million-chunk array" if not self.quick else "memory after browsing an array", 1, "MB",
            {"mount": lambda: self.browse(many)}, {("mount", None): 300}, rounds=1)

    def our_change(self, folder):
        with Mount(self.work, folder) as mount:
            def change():
                with open(f"{mount.session}/g/a/c/2/2", "wb") as file:
                    file.write(os.urandom(1000))
                mount.commit("another chunk")

            mount.forget_peak()
            return {"change": seconds(change), "memory": mount.memory("VmHWM")}

    def library(self, folder):
        """The same by our library in a process of its own, whose start is part of it."""
        start = time.perf_counter()
        _, memory = self.process(["dotnet", "exec", f"{HERE}/bin/Release/net10.0/ArraylakeFs.Benchmarks.dll", "change", folder])
        return {"change": time.perf_counter() - start, "memory": memory}

    def mount_and_read(self, folder):
        mount = Mount(self.work, folder)
        def work():
            mount.__enter__()
            with open(f"{mount.session}/g/a/c/1/1", "rb") as file:
                assert len(file.read()) == 1000
        try:
            return seconds(work)
        finally:
            mount.__exit__()

    def move(self, folder):
        with Mount(self.work, folder) as mount:
            names = [name for name in os.listdir(mount.session) if name.startswith("g")]
            os.stat(f"{mount.session}/{names[0]}/a/c")
            def work():
                os.rename(f"{mount.session}/{names[0]}", f"{mount.session}/g{time.monotonic_ns()}")
                mount.commit("moved")
            took = seconds(work)
            os.rename(f"{mount.session}/{next(name for name in os.listdir(mount.session) if name.startswith('g'))}", f"{mount.session}/g")
            mount.commit("moved back")
        return took

    def browse(self, folder):
        with Mount(self.work, folder) as mount:
            subprocess.run(["find", mount.session, "-name", "nothing"], check=True)
            return mount.memory()

    def start(self, rounds):
        repository = self.new_repository()

        def start():
            mount = Mount(self.work, repository)
            try:
                return seconds(lambda: (mount.__enter__(), os.listdir(mount.point)))
            finally:
                mount.__exit__()

        def idle():
            with Mount(self.work, repository) as mount:
                os.listdir(mount.point)
                return mount.memory()

        yield Case("from `arraylakefs mount` to a mount that answers", 1, "s", {"mount": start}, {("mount", None): 0.3}, rounds=5)
        yield Case("memory of an idle mount", 1, "MB", {"mount": idle}, {("mount", None): 90}, rounds=rounds)
