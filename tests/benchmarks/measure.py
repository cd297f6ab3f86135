"""Rounds, medians and tables: how anything here is measured.

A case names its places, and for each a function that does the work once and returns its seconds. Places take turns in every round, each round
beginning with another, so that what else the machine does meets all of them. Ratios are those of one round; what is shown is their median."""
import datetime
import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    amount: float  # what the work is: bytes, files, chunks
    unit: str  # of the amount in a second; "s" shows the seconds themselves, "MB" an amount of memory, where less is better too
    places: dict  # place -> function returning seconds (or MB)
    goals: dict = field(default_factory=dict)  # (place, other place) -> the ratio to reach: of rates at least, of seconds and MB at most
    rounds: int = 0  # instead of the usual number
    found: dict = field(default_factory=dict)

    @property
    def less_is_better(self):
        return self.unit in ("s", "MB")

    def measure(self, rounds):
        self.found = {place: [] for place in self.places}
        order = list(self.places)
        for round in range(self.rounds or rounds):
            for place in order[round % len(order):] + order[:round % len(order)]:
                self.found[place].append(self.places[place]())

    def value(self, place):
        median = statistics.median(self.found[place])
        return median if self.less_is_better else self.amount / median

    def ratio(self, place, other):
        """Of rates, or of seconds where these are shown, in the same round."""
        pairs = zip(self.found[place], self.found[other])
        return statistics.median(mine / theirs if self.less_is_better else theirs / mine for mine, theirs in pairs)

    def lines(self):
        """(place, other, ratio, goal) for every place of ours and what it is compared with; other is None where a number itself is the goal."""
        for (place, other), goal in self.goals.items():
            if place in self.found and (other in self.found or other is None):
                yield place, other, self.ratio(place, other) if other else self.value(place), goal


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def is_reached(case, ratio, goal):
    return goal is None or (ratio <= goal if case.less_is_better else ratio >= goal)


def show(case):
    rates = "   ".join(f"{place} {number(case.value(place))}" for place in case.places)
    print(f"\n{case.name}\n    {rates} {case.unit if case.less_is_better else case.unit + '/s'}", flush=True)
    for place, other, ratio, goal in case.lines():
        verdict = "" if goal is None else f"   goal {'<=' if case.less_is_better else '>='} {goal:g}{'' if is_reached(case, ratio, goal) else '   MISSED'}"
        print(f"    {place}{' : ' + other if other else '':12} {ratio:8.2f}{verdict}", flush=True)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    revision = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {
        "date": datetime.date.today().isoformat(), "revision": revision.stdout.strip(), "kernel": platform.release(), "processors": len(models),
        "model": models[0] if models else platform.machine(),
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)), "load before": os.getloadavg()[0]}


def write_json(path, facts, cases):
    rows = [
        {"case": case.name, "unit": case.unit, "amount": case.amount, "seconds": case.found, "ratios": [
            {"of": place, "to": other, "ratio": round(ratio, 4), "goal": goal, "reached": is_reached(case, ratio, goal)}
            for place, other, ratio, goal in case.lines()]}
        for case in cases]
    with open(path, "w") as file:
        json.dump({**facts, "load after": os.getloadavg()[0], "cases": rows}, file, indent=1)


def markdown(cases):
    """The rows as docs/PERFORMANCE.md has them."""
    yield "| case | ours | other | ratio | goal |"
    yield "|---|---|---|---|---|"
    for case in cases:
        for place, other, ratio, goal in case.lines():
            unit = case.unit if case.less_is_better else case.unit + "/s"
            sign = "≤" if case.less_is_better else "≥"
            wanted = "–" if goal is None else f"{sign} {goal:g}{'' if is_reached(case, ratio, goal) else ' **missed**'}"
            theirs = f"{other} {number(case.value(other))}" if other else "–"
            yield f"| {case.name} | {place} {number(case.value(place))} {unit} | {theirs} | {ratio:.2f} | {wanted} |"
