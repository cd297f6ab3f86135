"""Measures a mount against the directory below it, bindfs and the official client, all in the same run; called by ./run.

usage: benchmark.py WORK DISK [CASE...] [--quick] [--io-uring] [--rounds N] [--json FILE] [--markdown FILE]       CASE is part of a case's name

WORK is an empty folder on the disk to measure, DISK the program made of disk.c. What is missing on this machine is said and left out."""
import argparse
import contextlib
import os
import shutil

import commits
import files
import history
import zarr_cases
from measure import machine, markdown, show, write_json
from places import BindFs, Mount, can_drop_caches, io_uring, run


def measure(options):
    wanted = lambda name: not options.case or any(part.lower() in name.lower() for part in options.case)
    done = []

    def take(cases):
        for case in cases:
            if not wanted(case.name):
                continue
            case.measure(options.rounds)
            show(case)
            done.append(case)

    if not can_drop_caches():
        raise SystemExit("only root can drop the kernel's caches, so that cold is cold")
    if options.only in (None, "files"):
        take_files(options, take)
    if options.only in (None, "commits"):
        if not os.environ.get("OFFICIAL_MODULES"):
            print("the official client is not installed: nothing is compared with it")
        else:
            take(commits.Commits(options.work, options.disk, options.quick).cases())
    if options.only in (None, "history"):
        official = commits.Commits(options.work, options.disk, options.quick).official if os.environ.get("OFFICIAL_MODULES") else None
        take(history.History(options.work, official, options.quick).cases())
    return done


def take_files(options, take):
    native = f"{options.work}/native"
    disk = files.Files(options.disk, native, options.quick)
    disk.make()
    run("arraylakefs", "create", "bench/files")
    run("arraylakefs", "import", native, "bench/files")
    with contextlib.ExitStack() as stack:
        mount = stack.enter_context(Mount(options.work, "bench/files"))
        immutable = stack.enter_context(Mount(options.work, "bench/files", "--immutable", "--ref=main"))
        bindfs = stack.enter_context(BindFs(options.work, native)) if shutil.which("bindfs") else print("bindfs is not installed")
        take(disk.cases(mount, immutable, f"{os.environ['ARRAYLAKEFS_ROOT']}/bench/files/chunks", bindfs))
        if os.environ.get("FORKY"):
            take(zarr_cases.cases(os.environ["FORKY"], options.work, native, mount, bindfs, options.quick))
        else:
            print("the chroot with zarr-python 3 is not there")


def main():
    parser = argparse.ArgumentParser(description="compares a mount with the directory below it, bindfs and the official client")
    parser.add_argument("work")
    parser.add_argument("disk")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--io-uring", action="store_true", help="the kernel hands messages over by io_uring")
    parser.add_argument("--rounds", type=int, help="how often places take turns (3; quick: 2)")
    parser.add_argument("--only", choices=("files", "commits", "history"))
    parser.add_argument("--json", help="a file for all measurements")
    parser.add_argument("--markdown", help="a file for the table")
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 3)
    facts = machine() | ({"io_uring": "on"} if options.io_uring else {})
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print("Rates are medians; ratios are medians of the ratios of each round. Cold: the kernel's caches were dropped.")
    with io_uring(options.io_uring):
        done = measure(options)
    if options.json:
        write_json(options.json, facts, done)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write("\n".join(markdown(done)) + "\n")


main()
