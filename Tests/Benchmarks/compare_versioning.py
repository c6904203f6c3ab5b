#!/usr/bin/env python3
"""Times hftml beside the real dvc on the same data in the same run, and prints ratios of medians.

    python3 Tests/Benchmarks/compare_versioning.py --dvc .build/test-clients/bin/dvc [--only status] [--rounds 3] [--files 20000]

Both tools get a workspace of their own with the same files; commands alternate. Data is in the page cache for both. Every command is timed
as a person types it, start of the process included.
"""
import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
here = os.path.dirname(os.path.abspath(__file__))
parser.add_argument("--hftml", default=os.path.join(here, "../../.build/release/hftml"))
parser.add_argument("--dvc", default=os.path.join(here, "../../.build/test-clients/bin/dvc"))
parser.add_argument("--only", default="", help="run only cases whose name contains this")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--files", type=int, default=20_000)
parser.add_argument("--big", type=int, default=1 << 30, help="bytes of the large file")
parser.add_argument("--many", type=int, default=100_000, help="files for the status of a large tree; 0 leaves it out")
parser.add_argument("--stages", type=int, default=500)
options = parser.parse_args()
TOOLS = {"hftml": [os.path.abspath(options.hftml)], "dvc": [os.path.abspath(options.dvc)]}
WORK = tempfile.mkdtemp(prefix="hftml-bench-")
ENVIRONMENT = dict(os.environ, DVC_NO_ANALYTICS="1", DVC_SITE_CACHE_DIR=os.path.join(WORK, "site"), SHELL="/bin/sh", CI="1", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
ENVIRONMENT.pop("OPENBLAS_CORETYPE", None)
RESULTS = []


def run(tool, directory, *arguments):
    started = time.perf_counter()
    done = subprocess.run(TOOLS[tool] + list(arguments), cwd=directory, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{tool} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout.decode()[-2000:]}")
    return seconds


def fresh(tool, name):
    directory = os.path.join(WORK, f"{name}-{tool}")
    os.makedirs(directory)
    subprocess.run(["git", "init", "-q"], cwd=directory, check=True, env=ENVIRONMENT)
    subprocess.run([TOOLS["dvc"][0], "init", "-q"], cwd=directory, check=True, env=ENVIRONMENT)
    return directory


def small_files(directory, count, size):
    for index in range(count):
        folder = os.path.join(directory, f"{index % 50:02d}")
        if index < 50:
            os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"bars-{index:06d}.csv"), "wb") as file:
            file.write(hashlib.sha256(str(index).encode()).digest() * (size // 32))


def away(path):
    """Moves something out of the way. Deleting would leave thousands of freed inodes behind, which ext4 then steps over for minutes."""
    if os.path.lexists(path):
        os.makedirs(os.path.join(WORK, "trash"), exist_ok=True)
        os.rename(path, os.path.join(WORK, "trash", f"{time.monotonic_ns()}"))


def wanted(name):
    return options.only in name


def report(name, times, note=""):
    ours, theirs = statistics.median(times["hftml"]), statistics.median(times["dvc"])
    RESULTS.append((name, ours, theirs))
    print(f"{name:42s} hftml {ours * 1000:9.1f} ms   dvc {theirs * 1000:10.1f} ms   {theirs / ours:7.1f} x   {note}", flush=True)


def alternate(name, action, rounds=None, prepare=None, note=""):
    times = {"hftml": [], "dvc": []}
    for _ in range(rounds or options.rounds):
        for tool in times:
            if prepare:
                prepare(tool)
            times[tool].append(action(tool))
    report(name, times, note)


def large_file():
    if not wanted("large"):
        return
    places = {tool: fresh(tool, "large") for tool in TOOLS}
    block = os.urandom(1 << 20)
    for place in places.values():
        with open(os.path.join(place, "big.bin"), "wb") as file:
            for index in range(options.big >> 20):
                file.write(index.to_bytes(8, "big") + block[8:])

    def floor():
        # The hash alone, of the same file from the page cache.
        started = time.perf_counter()
        with open(os.path.join(places["hftml"], "big.bin"), "rb") as file:
            hashlib.file_digest(file, "md5")
        return time.perf_counter() - started

    floor()
    alone = min(floor() for _ in range(3))

    def prepare(tool):
        for name in ["big.bin.dvc", ".gitignore", ".dvc/cache", ".dvc/tmp"]:
            away(os.path.join(places[tool], name))
        os.makedirs(os.path.join(places[tool], ".dvc/tmp"))
        away(ENVIRONMENT["DVC_SITE_CACHE_DIR"])

    alternate(f"large file, add {options.big >> 20} MiB", lambda tool: run(tool, places[tool], "add", "-q", "big.bin"), prepare=prepare)
    ours = RESULTS[-1][1]
    print(f"{'':42s} MD5 alone of the same file {alone * 1000:.1f} ms: hftml add runs at {alone / ours * 100:.0f} % of its speed")
    alternate("large file, unchanged status", lambda tool: run(tool, places[tool], "status"))
    for place in places.values():
        away(place)


def many_files():
    if not wanted("small"):
        return
    label = f"small files, {options.files} x 16 KiB:"
    places = {tool: fresh(tool, "small") for tool in TOOLS}
    for place in places.values():
        small_files(os.path.join(place, "data"), options.files, 16_384)
    times = {tool: [run(tool, places[tool], "add", "-q", "data")] for tool in TOOLS}
    for _ in range(options.rounds - 1):
        for tool in TOOLS:
            for name in ["data.dvc", ".gitignore", ".dvc/cache", ".dvc/tmp"]:
                away(os.path.join(places[tool], name))
            os.makedirs(os.path.join(places[tool], ".dvc/tmp"))
            if tool == "dvc":
                away(ENVIRONMENT["DVC_SITE_CACHE_DIR"])
            times[tool].append(run(tool, places[tool], "add", "-q", "data"))
    report(f"{label} add", times)
    alternate(f"{label} unchanged status", lambda tool: run(tool, places[tool], "status"))

    counter = iter(range(1_000_000))

    def change(tool):
        with open(os.path.join(places[tool], "data/00/bars-000000.csv"), "w") as file:
            file.write(f"changed {next(counter)}\n")

    alternate(f"{label} status after one change", lambda tool: run(tool, places[tool], "status"), prepare=change)
    alternate(f"{label} add after one change", lambda tool: run(tool, places[tool], "add", "-q", "data"), prepare=change)

    def empty(tool):
        away(os.path.join(places[tool], "data"))

    alternate(f"{label} checkout", lambda tool: run(tool, places[tool], "checkout", "-q"), prepare=empty)
    for tool, place in places.items():
        subprocess.run([TOOLS["dvc"][0], "remote", "add", "-q", "-d", "storage", os.path.join(WORK, f"remote-{tool}")], cwd=place, check=True, env=ENVIRONMENT)
        os.makedirs(os.path.join(WORK, f"remote-{tool}"), exist_ok=True)

    def clear_remote(tool):
        away(os.path.join(WORK, f"remote-{tool}"))
        os.makedirs(os.path.join(WORK, f"remote-{tool}"))
        if tool == "dvc":
            # DVC remembers what it pushed.
            subprocess.run("find . -path '*index*' -delete", shell=True, cwd=ENVIRONMENT["DVC_SITE_CACHE_DIR"], check=False)

    alternate(f"{label} push to a directory", lambda tool: run(tool, places[tool], "push", "-q"), prepare=clear_remote, rounds=max(1, options.rounds - 1))
    alternate(f"{label} no-op push", lambda tool: run(tool, places[tool], "push", "-q"))

    def clear_cache(tool):
        away(os.path.join(places[tool], ".dvc/cache"))
        away(os.path.join(places[tool], "data"))

    alternate(f"{label} pull into an empty cache", lambda tool: run(tool, places[tool], "pull", "-q"), prepare=clear_cache, rounds=max(1, options.rounds - 2))
    for place in places.values():
        away(place)


def large_tree():
    if not wanted("tree") or not options.many:
        return
    places = {tool: fresh(tool, "tree") for tool in TOOLS}
    for tool, place in places.items():
        small_files(os.path.join(place, "data"), options.many, 64)
        run(tool, place, "add", "-q", "data")
    for tool, place in places.items():
        run(tool, place, "status")
    alternate(f"tree of {options.many} files, unchanged status", lambda tool: run(tool, places[tool], "status"))
    for place in places.values():
        away(place)


def pipelines():
    for count in [10, options.stages]:
        if not wanted("pipeline") or not count:
            continue
        places = {tool: fresh(tool, f"pipeline{count}") for tool in TOOLS}
        for place in places.values():
            with open(os.path.join(place, "in0"), "w") as file:
                file.write("start\n")
            with open(os.path.join(place, "dvc.yaml"), "w") as file:
                file.write("stages:\n")
                for index in range(count):
                    # Chains of ten, side by side.
                    source = f"out{index - 1}" if index % 10 else "in0"
                    file.write(f"  s{index}:\n    cmd: (cat {source}; echo {index}) > out{index}\n    deps: [{source}]\n    outs: [out{index}]\n")
        if count <= 50:
            first = {tool: [run(tool, places[tool], "repro", "-q")] for tool in TOOLS}
            report(f"pipeline of {count} stages, first run", first)
        else:
            # The first run of so many stages takes dvc very long; it takes over what hftml ran.
            for place in places.values():
                started = time.perf_counter()
                run("hftml", place, "repro", "-q")
                seconds = time.perf_counter() - started
            print(f"pipeline of {count} stages, first run {'':10s} hftml {seconds * 1000:9.1f} ms", flush=True)
        # Files of the last 20 ms are hashed once more by both; not part of what is measured.
        for tool, place in places.items():
            run(tool, place, "repro", "-q")
        rounds = options.rounds if count <= 50 else 1
        alternate(f"pipeline of {count} stages, unchanged repro", lambda tool: run(tool, places[tool], "repro", "-q"), rounds=rounds)
        alternate(f"pipeline of {count} stages, unchanged status", lambda tool: run(tool, places[tool], "status"), rounds=rounds)
        for place in places.values():
            away(place)


try:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, medians of {options.rounds} rounds")
    pipelines()
    large_file()
    many_files()
    large_tree()
finally:
    shutil.rmtree(WORK, ignore_errors=True)
