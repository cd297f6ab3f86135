"""Works on a mount until it kills the daemon; says afterwards whether everything that was acknowledged is there.

usage: kill.py work  MOUNT LEDGER DAEMON SEED MOMENT      MOMENT: writing | committing
       kill.py check MOUNT LEDGER

Several threads change an array each, as tools do, and one commits, all at once. What is about to be done, and that it was done, is written
into the ledger, a file outside of the mount: one line of JSON each. `check` reads it and prints as JSON what was at risk and what is wrong.
An operation that was under way when the daemon died may have happened or not, but never halfway; only a file that was being rewritten in
place may hold anything.
"""

import errno
import hashlib
import json
import os
import random
import signal
import sys
import threading
import time

WRITERS = 3
SIDE = 6  # chunks along each of the two dimensions
GROUP = b'{"zarr_format":3,"node_type":"group","attributes":{}}'


def sha(data):
    return hashlib.sha256(data).hexdigest()


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def document(number):
    return json.dumps({
        "zarr_format": 3, "node_type": "array", "shape": [SIDE, SIDE], "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, 1]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0, "codecs": [{"name": "bytes"}, {"name": "gzip"}], "attributes": {"number": number},
    }).encode()


class Ledger:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.lock = threading.Lock()

    def note(self, event, **facts):
        with self.lock:
            os.write(self.file, (json.dumps({"event": event, "at": time.monotonic_ns(), **facts}) + "\n").encode())

    @staticmethod
    def events_since_last_check(path):
        """What the last check found, and what came after it."""
        found, events = {}, []
        with open(path) as file:
            for line in file:
                event = json.loads(line)
                if event["event"] == "found":
                    found, events = event["arrays"], []
                else:
                    events.append(event)
        return found, events


class Worker(threading.Thread):
    """Ends when the daemon does. An error before that is noted: it must not happen."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work = work

    def run(self):
        try:
            while True:
                self.step()
        except Exception as error:
            if not (self.work.killed.is_set() and isinstance(error, OSError)):
                self.work.ledger.note("failed", who=type(self).__name__, error=f"{error!r}: {self.work.last_error()}")


class Writer(Worker):
    def __init__(self, work, number, found, seed):
        super().__init__(work)
        self.random = random.Random(f"{seed} {number}")
        self.number = number
        self.name = found["name"] if found else f"w{number}"
        self.files = dict(found["files"]) if found else {}
        self.count = 0

    def step(self):
        if "zarr.json" not in self.files:
            os.makedirs(self.path(""), exist_ok=True)
            return self.replace("zarr.json", document(0))
        chunks = sorted(self.files.keys() - {"zarr.json"})
        choice = self.random.random()
        if choice < 0.35 or len(chunks) < 3:
            self.replace(self.some_key(), self.some_bytes())
        elif choice < 0.55:
            self.rewrite(self.some_key(), self.some_bytes())
        elif choice < 0.60:
            self.append(self.random.choice(chunks), self.some_bytes())
        elif choice < 0.66:
            self.copy(self.random.choice(chunks), self.some_key())
        elif choice < 0.75:
            self.move(self.random.choice(chunks), self.some_key())
        elif choice < 0.85:
            self.remove(self.random.choice(chunks))
        elif choice < 0.90:
            self.link(self.some_key(), self.some_bytes())
        elif choice < 0.96:
            self.count += 1
            self.replace("zarr.json", document(self.count))
        else:
            self.move_array()

    def replace(self, key, data):
        """As zarr-python does."""
        with self.operation({key: sha(data)}):
            os.replace(self.put(f"{key}.{self.random.getrandbits(64):016x}.partial", data), self.path(key))

    def rewrite(self, key, data):
        with self.operation({key: sha(data)}, torn=[key], how=f"rewritten with {len(data)} bytes"):
            self.put(key, data)

    def append(self, key, data):
        whole = read(self.path(key)) + data
        with self.operation({key: sha(whole)}, torn=[key], how=f"{len(data)} bytes appended to {len(whole) - len(data)}"):
            with open(self.path(key), "ab") as file:
                file.write(data)

    def move(self, key, to):
        if key == to:
            return
        with self.operation({key: None, to: self.files[key]}):
            os.makedirs(os.path.dirname(self.path(to)), exist_ok=True)
            os.rename(self.path(key), self.path(to))

    def copy(self, key, to):
        """As cp does: the two are two references to the same bytes."""
        if key == to:
            return
        with self.operation({to: self.files[key]}, torn=[to], how=f"copied from {key}"):
            os.makedirs(os.path.dirname(self.path(to)), exist_ok=True)
            with open(self.path(key), "rb") as source, open(self.path(to), "wb") as target:
                while os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
                    pass

    def remove(self, key):
        with self.operation({key: None}):
            os.unlink(self.path(key))

    def link(self, key, data):
        if key in self.files:
            return
        with self.operation({key: sha(data)}):
            temporary = self.put(f"{key}.{self.random.getrandbits(64):016x}.partial", data)
            os.link(temporary, self.path(key))
            os.unlink(temporary)

    def move_array(self):
        name = f"w{self.number}" if self.name.endswith("moved") else f"w{self.number}-moved"
        with self.operation({}, name=name):
            os.rename(self.path(""), os.path.join(self.work.tree, name))
        self.name = name

    def operation(self, changes, torn=(), name=None, how=None):
        return Operation(self, changes, list(torn), name, how)

    def put(self, key, data):
        path = self.path(key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            for start in range(0, len(data), 100_000):
                file.write(data[start:start + 100_000])
            if self.random.random() < 0.2:
                file.flush()
                os.fsync(file.fileno())
        return path

    def path(self, key):
        return os.path.join(self.work.tree, self.name, key)

    def some_key(self):
        return f"c/{self.random.randrange(SIDE)}/{self.random.randrange(SIDE)}"

    def some_bytes(self):
        """Some are stored in the manifest, most as objects."""
        kind = self.random.random()
        return self.random.randbytes(self.random.randrange(1, 400) if kind < 0.3 else self.random.randrange(600, 5000) if kind < 0.95 else 300_000)


class Operation:
    def __init__(self, writer, changes, torn, name, how):
        self.writer, self.changes, self.torn, self.name, self.how = writer, changes, torn, name, how

    def __enter__(self):
        self.writer.work.ledger.note(
            "begin", writer=self.writer.number, array=self.writer.name, changes=self.changes, torn=self.torn, name=self.name,
            how=self.how)

    def __exit__(self, kind, error, trace):
        if error is None:
            self.writer.work.ledger.note("end", writer=self.writer.number)
            self.writer.files.update(self.changes)
            for key in [key for key, value in self.changes.items() if value is None]:
                del self.writer.files[key]


class Committer(Worker):
    def __init__(self, work, seed):
        super().__init__(work)
        self.random = random.Random(f"{seed} commits")
        self.seed = seed
        self.count = 0
        self.begun = threading.Semaphore(0)
        self.durations = [0.1]

    def step(self):
        time.sleep(self.random.uniform(0, 0.08))
        self.count += 1
        message = f"{self.seed} {self.count}"
        self.work.ledger.note("commit", message=message)
        self.begun.release()
        start = time.monotonic()
        try:
            with open(os.path.join(self.work.mount, "commit"), "wb", buffering=0) as file:
                file.write(message.encode())
        except OSError as error:
            if error.errno != errno.ENODATA:
                raise
            return self.work.ledger.note("nothing", message=message)
        self.durations.append(time.monotonic() - start)
        self.work.ledger.note("committed", message=message)


class Work:
    def __init__(self, mount, ledger, seed):
        found, _ = Ledger.events_since_last_check(ledger) if os.path.exists(ledger) else ({}, [])
        self.mount, self.tree = mount, os.path.join(mount, "root.zarr")
        self.ledger = Ledger(ledger)
        self.killed = threading.Event()
        self.writers = [Writer(self, number, found.get(str(number)), seed) for number in range(WRITERS)]
        self.committer = Committer(self, seed)

    def last_error(self):
        try:
            return read(self.mount, "error").decode()
        except OSError as error:
            return repr(error)

    def until_killed(self, daemon, seed, moment):
        chance = random.Random(f"{seed} kill")
        if not os.path.exists(os.path.join(self.tree, "zarr.json")):
            with open(os.path.join(self.tree, "zarr.json"), "wb") as file:
                file.write(GROUP)
        for worker in [*self.writers, self.committer]:
            worker.start()
        if moment == "committing":
            for _ in range(chance.randrange(1, 6)):
                self.committer.begun.acquire(timeout=20)
            time.sleep(chance.uniform(0, 1.5 * max(self.committer.durations)))
        else:
            time.sleep(chance.uniform(0.05, 0.6))
        self.killed.set()
        os.kill(daemon, signal.SIGKILL)
        self.ledger.note("killed")
        for worker in [*self.writers, self.committer]:
            worker.join(60)
            if worker.is_alive():
                self.ledger.note("failed", who=type(worker).__name__, error="it hangs although the daemon is dead")


class Array:
    """What one writer's array should look like, and what was done to it since the last check."""

    def __init__(self, number, found):
        self.number = number
        self.name = found["name"] if found else f"w{number}"
        self.files = dict(found["files"]) if found else {}
        self.done = []  # operations with "at", "until"
        self.open = None

    def end(self, at):
        self.open["until"] = at
        self.done.append(self.open)
        self.apply(self.open, self.files)
        self.name = self.open["name"] or self.name
        self.open = None

    @staticmethod
    def apply(operation, files):
        for key, value in operation["changes"].items():
            if value is None:
                files.pop(key, None)
            else:
                files[key] = value


def files_below(folder):
    return {
        os.path.relpath(os.path.join(path, name), folder): sha(read(path, name))
        for path, _, names in os.walk(folder) for name in names}


def check_array(tree, array, wrong):
    """Compares the array with the ledger; what could have been interrupted is put in order. Returns what is there now."""
    name, candidates = array.name, [array.files]
    torn = []
    if array.open:
        after = dict(array.files)
        Array.apply(array.open, after)
        candidates.append(after)
        torn = array.open["torn"]
        if array.open["name"]:
            there = [n for n in (array.name, array.open["name"]) if os.path.exists(os.path.join(tree, n))]
            if len(there) != 1:
                wrong.append(f"the array {array.name} was being moved to {array.open['name']}; there are {there}")
            name = there[0] if there else name
    folder = os.path.join(tree, name)
    seen = files_below(folder)
    for key in [key for key in seen if key.endswith(".partial")]:
        os.unlink(os.path.join(folder, key))
        del seen[key]
    kept = {key: value for key, value in seen.items() if key not in torn}
    wanted = [{key: value for key, value in files.items() if key not in torn} for files in candidates]
    if kept not in wanted:
        for key in sorted(kept.keys() | wanted[0].keys()):
            if kept.get(key) not in [files.get(key) for files in wanted]:
                past = [o for o in array.done if key in o["changes"] or o["name"]]
                wrong.append(f"{name}/{key} is {kept.get(key)} ({os.path.getsize(os.path.join(folder, key))}), not {wanted[0].get(key)}; before: {past}")
        wrong.append(f"the array {name} is neither as it was before nor as it would be after {array.open}")
    for key in [key for key in torn if key in seen and seen[key] not in [files.get(key) for files in candidates]]:
        os.unlink(os.path.join(folder, key))  # whatever it is, the next round begins without it
        del seen[key]
    return {"name": name, "files": seen}


def check_commit(mount, commit, before, array, wrong):
    """What was done before a commit began, and not touched until it had ended, is in it."""
    operations = array.done + ([array.open] if array.open else [])
    at_once = [o for o in operations if o["at"] < commit["until"] and o.get("until", commit["until"]) > commit["at"]]
    if any(o["name"] for o in at_once):
        return 0
    name, files = before["name"], dict(before["files"])
    for operation in array.done:
        if operation["until"] <= commit["at"]:
            Array.apply(operation, files)
            name = operation["name"] or name
    unsure = {key for o in at_once for key in o["changes"]}
    if "zarr.json" not in files:
        return 0  # it was not an array yet
    seen = files_below(os.path.join(mount, "commits", commit["id"], "root.zarr", name))
    for key in (seen.keys() | files.keys()) - unsure:
        if seen.get(key) != files.get(key):
            wrong.append(f"{commit['id']} has {seen.get(key)} as {name}/{key}, not {files.get(key)}")
    return len(files.keys() - unsure)


def check(mount, ledger):
    found, events = Ledger.events_since_last_check(ledger)
    arrays = [Array(number, found.get(str(number))) for number in range(WRITERS)]
    before = {array.number: {"name": array.name, "files": dict(array.files)} for array in arrays}
    commits, wrong = {}, []
    for event in events:
        kind = event["event"]
        if kind == "begin":
            arrays[event["writer"]].open = event
        elif kind == "end":
            arrays[event["writer"]].end(event["at"])
        elif kind == "commit":
            commits[event["message"]] = event
        elif kind == "committed":
            commits[event["message"]].update(until=event["at"], acknowledged=True)
        elif kind == "nothing":
            del commits[event["message"]]
        elif kind == "failed":
            wrong.append(f"{event['who']}: {event['error']}")
    log = {entry["message"].strip(): entry["id"] for entry in json.loads(read(mount, "log.json"))}
    end = events[-1]["at"]
    under_way = [commit for commit in commits.values() if not commit.get("acknowledged")]
    for message, commit in commits.items():
        commit.setdefault("until", end)
        commit["id"] = log.get(message)
        if commit.get("acknowledged") and not commit["id"]:
            wrong.append(f"the commit '{message}' was acknowledged and is not in the log")
    safe_until = max((commit["at"] for commit in commits.values() if commit.get("acknowledged")), default=0)
    tree = os.path.join(mount, "root.zarr")
    now = {array.number: check_array(tree, array, wrong) for array in arrays}
    checked = sum(
        check_commit(mount, commit, before[array.number], array, wrong)
        for commit in commits.values() if commit["id"] for array in arrays)
    Ledger(ledger).note("found", arrays=now)
    return {
        "wrong": wrong,
        "files": sum(len(array["files"]) for array in now.values()),
        "atRisk": len({
            (array.number, key) for array in arrays for o in array.done if o["until"] > safe_until for key in o["changes"]}),
        "underWay": sum(1 for array in arrays if array.open),
        "commits": sum(1 for commit in commits.values() if commit.get("acknowledged")),
        "commitsUnderWay": len(under_way),
        "commitsUnderWayMade": sum(1 for commit in under_way if commit["id"]),
        "filesOfCommits": checked,
    }


if sys.argv[1] == "work":
    _, _, mount, ledger, daemon, seed, moment = sys.argv
    Work(mount, ledger, seed).until_killed(int(daemon), seed, moment)
else:
    print(json.dumps(check(*sys.argv[2:])))
