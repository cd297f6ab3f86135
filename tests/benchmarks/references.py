"""Compares, in processes of their own, the official client and this program committing one changed chunk of an array of many references.

usage: references.py FOLDER PROGRAM [--rounds N] [--references N]

FOLDER is temporary; PROGRAM is ArraylakeFs.Benchmarks.dll. Needs node and $OFFICIAL_MODULES (and $OFFICIAL_PRELOAD, where glibc is older
than 2.38). Prints the least time and memory of all rounds, whole processes with their start, and the ratios.
"""

import argparse
import os
import shutil
import subprocess
import time

INTEROP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop")


def official(*arguments):
    environment = dict(os.environ)
    if environment.get("OFFICIAL_PRELOAD"):
        environment["LD_PRELOAD"] = environment["OFFICIAL_PRELOAD"]
    return ["node", f"{INTEROP}/virtual_references.mjs", *arguments], environment


def measure(command, environment):
    """Seconds of the clock, seconds of processors, and the largest memory in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


parser = argparse.ArgumentParser(description="one changed reference among many")
parser.add_argument("folder")
parser.add_argument("program")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--references", type=int, default=1_000_000)
options = parser.parse_args()
base, work = f"{options.folder}/base", f"{options.folder}/work"
measure(*official("make", base, str(options.references)))
found = {"official": [], "ours": []}
for _ in range(options.rounds):
    for name, (command, environment) in {
        "official": official("change", work, "0", "0"),
        "ours": (["dotnet", "exec", options.program, work], os.environ),
    }.items():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(base, work)
        found[name].append(measure(command, environment))
print(f"{'one changed of %d references' % options.references:44}{'official':>12}{'ours':>12}{'ratio':>8}")
for i, what in enumerate(("seconds", "seconds of processors", "MiB of memory")):
    theirs, ours = (min(measured[i] for measured in found[name]) for name in ("official", "ours"))
    print(f"  {what:42}{theirs:12.2f}{ours:12.2f}{ours / theirs:8.2f}")
