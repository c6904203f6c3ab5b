"""kill -9, SIGTERM and Ctrl-C at random moments of repro, train, search and add.

python random_moments.py HFTML FIRST_SEED COUNT DIRECTORY
For each seed: one command in a fresh copy of a project, ended by a signal at a random moment; then the same command
again, or `resume`. Prints a line for each fault, then a line that counts.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HFTML, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[4])
FIRST, COUNT = int(sys.argv[2]), int(sys.argv[3])
FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "project")
ENVIRONMENT = {
    "HOME": TOP, "PATH": os.environ["PATH"], "SWIFT_BACKTRACE": "enable=no",
    "GIT_CONFIG_GLOBAL": os.path.join(TOP, "gitconfig"), "DVC_GLOBAL_CONFIG_DIR": os.path.join(TOP, ".global"),
    "DVC_SYSTEM_CONFIG_DIR": os.path.join(TOP, ".system"),
}
SIGNALS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
PIPELINE = """stages:
  one: {cmd: "sleep 0.05; for i in 1 2 3 4 5 6 7 8; do echo one $i >> a; sleep 0.01; done", outs: [a]}
  two: {cmd: "mkdir -p d; for i in 1 2 3 4 5 6 7 8 9; do cat a > d/$i; sleep 0.01; done", deps: [a], outs: [d]}
  side: {cmd: "sleep 0.1; echo side > s", outs: [s]}
  end: {cmd: "sleep 0.05; cat a d/* s > e", deps: [a, d, s], outs: [e]}
"""
COMMANDS = {
    "repro": ["repro", "dvc.yaml", "-j", "2"],
    "train": ["train", "recipe.yaml", "--features", "out/features.safetensors", "-o", "out/model", "--threads", "1",
              "--checkpoint-every", "5", "--set", "training.epochs=30"],
    "search": ["search", "search.yaml", "--trials", "6", "--threads", "1"],
    "add": ["add", "big"],
}


def run(arguments, at, **more):
    return subprocess.run(
        [HFTML, *arguments], cwd=at, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, **more)


def tree(path):
    """Digests of a file or of all files below a directory."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return {"": hashlib.md5(file.read()).hexdigest()}
    found = {}
    for top, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(top, name), "rb") as file:
                found[os.path.relpath(os.path.join(top, name), path)] = hashlib.md5(file.read()).hexdigest()
    return found


def prepare():
    at = os.path.join(TOP, "pristine")
    shutil.copytree(FIXTURE, at)
    os.rename(os.path.join(at, "gitignore"), os.path.join(at, ".gitignore"))
    with open(ENVIRONMENT["GIT_CONFIG_GLOBAL"], "w") as file:
        file.write("[user]\nname = t\nemail = t@t\n")
    with open(os.path.join(at, "dvc.yaml"), "w") as file:
        file.write(PIPELINE)
    for line in [["git", "init", "-q"], ["git", "add", "-A"], ["git", "commit", "-qm", "start"]]:
        subprocess.run(line, cwd=at, env=ENVIRONMENT, check=True)
    os.makedirs(os.path.join(at, "big/sub"))
    random.seed(1)
    for number in range(400):
        with open(os.path.join(at, f"big/sub/{number}" if number % 3 else f"big/{number}"), "wb") as file:
            file.write(random.randbytes(20_000))
    for arguments in [
        ["init"], ["simulate", "market", "--config", "simulation.yaml", "-o", "Data/market"],
        ["features", "features.yaml", "Data/market", "--market", "market.yaml", "-o", "out/features.safetensors"],
    ]:
        done = run(arguments, at)
        if done.returncode != 0:
            sys.exit(f"cannot prepare: {arguments}: {done.stderr}")
    return at


def products(command, at):
    """What a command leaves that must be the same however often it was ended."""
    paths = {
        "repro": ["a", "d", "s", "e", "dvc.lock"], "train": ["out/model/model.safetensors"], "search": [],
        "add": ["big.dvc", "big"],
    }[command]
    return {path: tree(os.path.join(at, path)) for path in paths}


def others(mark):
    """Processes of a case that still live."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if f"MOMENT={mark}\0".encode() not in file.read() + b"\0":
                    continue
            with open(f"/proc/{name}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(int(name))
        except OSError:
            continue
    return found


def wait_for_none(mark, seconds):
    end = time.monotonic() + seconds
    while others(mark):
        if time.monotonic() > end:
            return others(mark)
        time.sleep(0.02)
    return []


def case(seed, pristine, wholes, fault):
    draw = random.Random(seed)
    command, number = draw.choice(list(COMMANDS)), draw.choice(list(SIGNALS))
    seconds, product = wholes[command]
    at, mark = os.path.join(TOP, str(seed)), f"{os.getpid()}-{seed}"
    subprocess.run(["cp", "-a", pristine, at], check=True)
    moment = draw.uniform(0, seconds * 1.1)
    started = subprocess.Popen(
        [HFTML, *COMMANDS[command]], cwd=at, env=ENVIRONMENT | {"MOMENT": mark}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(moment)
    started.send_signal(number)
    said = started.communicate(timeout=120)[1]

    def wrong(text):
        fault(f"seed {seed}: {command}, {number.name} after {moment:.3f} of {seconds:.3f} s: {text}")

    # A signal may come before the program listens, or after it is done.
    if started.returncode not in (0, SIGNALS[number], -number):
        wrong(f"exit {started.returncode}: {said[-300:]}")
    if number != signal.SIGKILL and (left := wait_for_none(mark, 10)):
        wrong(f"left processes {left}")
    again = COMMANDS[command]
    if command == "train" and started.returncode != 0:
        listed = json.loads(run(["runs", "list", "--json"], at).stdout)
        runs = listed.get("runs", [])
        if any(item["status"] == "running" for item in runs):
            wrong("a run stays under way")
        if runs:
            again = ["resume", runs[0]["id"], "--threads", "1"]
    done = run(again, at)
    if done.returncode != 0:
        wrong(f"{again} afterwards: exit {done.returncode}: {done.stderr[-400:]}")
    elif products(command, at) != product:
        wrong("what it makes differs from an undisturbed run")
    if command == "search":
        listed = json.loads(run(["studies", "show", "small", "--json"], at).stdout)
        states = [trial["state"] for trial in listed.get("trials", [])]
        if states.count("complete") < 6 or "running" in states:
            wrong(f"trials {states}")
    if command == "add" and run(["status", "big.dvc"], at).stdout.strip() != "Data and pipelines are up to date.":
        wrong("the data does not stand as recorded")
    for check in [["verify"], ["registry", "verify"]]:
        if (checked := run(check, at)).returncode != 0:
            wrong(f"{check}: exit {checked.returncode}: {(checked.stdout + checked.stderr)[-300:]}")
    if left := wait_for_none(mark, 10):
        wrong(f"left processes {left}")
    shutil.rmtree(at)
    return command, number.name, "ended" if started.returncode else "done"


def main():
    os.makedirs(TOP, exist_ok=True)
    pristine, wholes, faults, counts = prepare(), {}, [], {}
    for command, arguments in COMMANDS.items():
        at = os.path.join(TOP, f"whole-{command}")
        subprocess.run(["cp", "-a", pristine, at], check=True)
        start = time.monotonic()
        done = run(arguments, at)
        if done.returncode != 0:
            sys.exit(f"cannot run {command} undisturbed: {done.stderr}")
        wholes[command] = (time.monotonic() - start, products(command, at))

    def fault(text):
        faults.append(text)
        print(f"FAULT {text}", flush=True)

    for seed in range(FIRST, FIRST + COUNT):
        key = " ".join(case(seed, pristine, wholes, fault))
        counts[key] = counts.get(key, 0) + 1
    print(json.dumps({"moments": COUNT, "faults": len(faults), "cases": dict(sorted(counts.items()))}))
    shutil.rmtree(TOP)
    sys.exit(1 if faults else 0)


main()
