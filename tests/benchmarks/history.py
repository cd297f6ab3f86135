"""A long history and a wide tree: how long each of the things takes that a person does with them, and the official client where it does the same."""
import itertools
import json
import os
import shutil

from commits import Steps
from measure import Case, seconds
from places import HERE, Mount, run, write

UNNOTICED = 0.3  # seconds


class History:
    """A repository of many commits, branches and nodes (LongHistory.cs). Every round adds commits and a branch to it."""

    def __init__(self, work, official, quick):
        self.work, self.official, self.folder = work, official, f"{work}/history"
        self.commits, self.branches, self.nodes = (1_000, 100, 10_000) if quick else (10_000, 1_000, 100_000)
        run("dotnet", "exec", f"{HERE}/bin/Release/net10.0/ArraylakeFs.Benchmarks.dll", "history", self.folder,
            str(self.commits), str(self.branches), str(self.nodes))
        shutil.copytree(self.folder, f"{self.folder}-official")  # a writer who does not lock makes the other look twice
        self.numbers = itertools.count()

    def cases(self):
        works = {"mount": self.ours}
        if self.official:
            works["official"] = lambda: self.official("history", f"{self.folder}-official")
        steps = Steps(works)
        for step, with_official in (
                ("mount", False), ("list branches", True), ("list commits", False), ("read log", True), ("arraylakefs log", False),
                ("stat one node", False), ("list the nodes, first", True), ("list the nodes again", False), ("find -maxdepth 2", False),
                ("read tree", False), ("make a branch", True), ("commit one change", True), ("commit one change, all nodes known", False),
                ("check out an old commit", False), ("commit one change to a small tree", True)):
            places = {place: work for place, work in steps.step(step).items() if place == "mount" or with_official}
            name = f"{self.commits:,} commits, {self.branches:,} branches, {self.nodes:,} nodes: {step}"
            yield Case(name, 1, "s", places, {("mount", None): UNNOTICED, ("mount", "official"): None})

    def ours(self):
        mount, number = Mount(self.work, self.folder), next(self.numbers)
        found = {"mount": seconds(lambda: (mount.__enter__(), os.listdir(mount.point)))}

        def step(name, work, count=None):
            took = []
            found[name] = seconds(lambda: took.append(work()))
            assert count is None or len(took[0]) >= count, f"{name}: {len(took[0])}"

        def change(name):
            write(f"{mount.session}/zarr.json", json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {name: number}}))
            step(name, lambda: mount.commit(f"round {number}"))

        try:
            step("list branches", lambda: os.listdir(f"{mount.point}/branches"), self.branches)
            step("list commits", lambda: os.listdir(f"{mount.point}/commits"), self.commits)
            step("read log", lambda: run("cat", f"{mount.point}/log"), self.commits)
            step("arraylakefs log", lambda: run("arraylakefs", "log", self.folder), self.commits)
            step("stat one node", lambda: os.stat(f"{mount.session}/many/n000001/zarr.json"))
            step("list the nodes, first", lambda: os.listdir(f"{mount.session}/many"), self.nodes)
            step("list the nodes again", lambda: os.listdir(f"{mount.session}/many"), self.nodes)
            change("commit one change")
            step("find -maxdepth 2", lambda: run("find", mount.session, "-maxdepth", "2"), self.nodes)
            change("commit one change, all nodes known")
            step("read tree", lambda: run("cat", f"{mount.point}/tree"), self.nodes)
            step("make a branch", lambda: os.mkdir(f"{mount.point}/branches/round-{number}"))
            step("check out an old commit", lambda: write(f"{mount.point}/checkout", os.path.basename(os.readlink(f"{mount.point}/branches/b0001"))))
            write(f"{mount.point}/checkout", "b0002")
            change("commit one change to a small tree")
            write(f"{mount.point}/checkout", "main")
        finally:
            mount.__exit__()
        return found
