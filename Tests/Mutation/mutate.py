#!/usr/bin/env python3
"""Mutation check: how many single changes of the sources do the tests notice?

    Tests/Mutation/mutate.py --seed 1 --count 40 [--modules Workflows,Promotion,…] [--report FILE]

Draws changes by a seed (a comparison or arithmetic operator replaced, a condition negated, a constant moved by one, a
statement dropped), puts all of them into the sources at once, each behind a switch that the variable HFTML_MUTANT turns
on, builds once, and runs the tests once for each change: first the tests of the same module, then the others in
process, then those that start programs. A change is noticed when a test fails, crashes or hangs. First everything
runs once with no change switched on: that must pass, and four times what it took is when a run counts as hung. Needs a
clean checkout; the sources are put back at the end.

One build for all changes instead of one each: the technique is known as mutant schemata (Untch, Offutt, Harrold 1993).
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MODULES = ["Workflows", "Promotion", "DataVersioning", "Pipelines", "Execution"]
# One operator of its own for each change, since an operator cannot carry a number.
OPERATORS = [chr(code) for code in range(0x2200, 0x22FF) if chr(code) not in "∂∅∆∇√∞"]
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+"}
PRECEDENCE = {"&&": "LogicalConjunctionPrecedence", "||": "LogicalDisjunctionPrecedence",
              "+": "AdditionPrecedence", "-": "AdditionPrecedence"}


class Change:
    def __init__(self, path, line, kind, before, after, start, end, extra=""):
        self.path, self.line, self.kind = path, line, kind
        self.before, self.after, self.start, self.end, self.extra = before, after, start, end, extra
        self.number = 0

    @property
    def module(self):
        return self.path.split("/")[1]

    def show(self):
        return f"{self.path}:{self.line}: {self.kind}: {self.before.strip()} → {self.after}"


def code_mask(text):
    """True where a character is code: not in a comment, a string or a regular expression over several lines."""
    mask = [True] * len(text)
    i = 0
    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i) + 2 or len(text)
        elif text.startswith("#/", i):
            end = text.find("/#", i) + 2 or len(text)
        elif text.startswith('"""', i):
            end = text.find('"""', i + 3) + 3
        elif text[i] == '"':
            end, depth = i + 1, 0
            while end < len(text) and (text[end] != '"' or depth) and text[end] != "\n":
                if text.startswith("\\(", end):
                    depth += 1
                    end += 1
                elif depth and text[end] == "(":
                    depth += 1
                elif depth and text[end] == ")":
                    depth -= 1
                elif text[end] == "\\":
                    end += 1
                end += 1
            end += 1
        else:
            i += 1
            continue
        for k in range(i, min(end, len(text))):
            mask[k] = False
        i = max(end, i + 1)
    return mask


def candidates(path):
    text = open(os.path.join(ROOT, path)).read()
    mask = code_mask(text)
    position = 0
    for number, line in enumerate(text.split("\n"), 1):
        base, stripped = position, line.strip()
        position += len(line) + 1
        code = "".join(c if mask[base + k] else "\0" for k, c in enumerate(line))
        # Regular expressions are not masked as strings are.
        if re.search(r"(^|[ (=])/[^/ ].*/", code):
            continue
        if not stripped or code.lstrip().startswith(("import ", "package import", "case ", "@", "precondition", "assert")):
            continue
        # Declarations hold defaults and generic brackets, which are not behaviour to be noticed.
        declares = re.match(r"\s*(package |private |static |fileprivate |mutating |override )*(func|init|struct|enum|class|extension|protocol|typealias)\b", code)
        if not declares:
            for match in re.finditer(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>|\+|-)(?= )", code):
                operator = match.group(1)
                rest = code[match.end():].lstrip()
                if rest.startswith("nil") or code[:match.start()].rstrip().endswith("nil"):
                    continue
                # Texts are joined by the same sign, but cannot be subtracted.
                if operator == "+" and "\0" in (rest[:1], code[:match.start()].rstrip()[-1:]):
                    continue
                yield Change(path, number, "operator", line, f"{operator} becomes {SWAPS[operator]}",
                             base + match.start(1), base + match.end(1), operator)
            for match in re.finditer(r"(?<![\w.\"$])(\d+)(?![\w.\"])", code):
                if int(match.group(1)) < 100_000:
                    yield Change(path, number, "constant", line, f"{match.group(1)} becomes {int(match.group(1)) + 1}",
                                 base + match.start(1), base + match.end(1))
            for match in re.finditer(r"\b(true|false)\b", code):
                yield Change(path, number, "constant", line, f"{match.group(1)} is negated",
                             base + match.start(1), base + match.end(1), "bool")
        match = re.match(r"(\s*(?:if|guard|while|\} else if) )([^\0{},]+?)( else \{.*| \{.*)$", code)
        if match and not re.search(r"\b(let|var|case|#available|try)\b", match.group(2)) and balanced(match.group(2)):
            yield Change(path, number, "condition", line, "is negated", base + match.start(2), base + match.end(2))
        match = re.match(r"^(\s*)((?:try )?[a-z][\w.]*\([^\0]*\))$", code)
        previous = text[:base].rstrip()
        if match and balanced(match.group(2)) and previous.endswith(("{", ")", "}")) and not previous.endswith(("= {",)):
            following = text[position:position + 200].lstrip()
            if not following.startswith((".", "?", ":", "+", "-", "&", "|", ",", ")")) and not following.startswith("}") or following.startswith("}\n"):
                yield Change(path, number, "statement", line, "is dropped", base + match.start(2), base + match.end(2))


def balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def instrumented(text, changes):
    """The source with every change behind its switch, last first so that positions stay right."""
    for change in sorted(changes, key=lambda c: -c.start):
        old, n = text[change.start:change.end], change.number
        if change.kind == "operator":
            new = OPERATORS[n]
        elif change.kind == "constant":
            new = f"(mutant({n}) ? {'!' + old if change.extra == 'bool' else str(int(old) + 1)} : {old})"
        elif change.kind == "condition":
            new = f"(mutant({n}) != ({old}))"
        else:
            new = f"if !mutant({n}) {{ {old} }}"
        text = text[:change.start] + new + text[change.end:]
    return text


def support(changes):
    out = ["import Foundation", "", "/// The one change that is switched on; made by the mutation check, never committed.",
           "private let chosenMutant = Int(ProcessInfo.processInfo.environment[\"HFTML_MUTANT\"] ?? \"\") ?? -1",
           "package func mutant(_ number: Int) -> Bool { chosenMutant == number }", ""]
    for change in changes:
        if change.kind != "operator":
            continue
        name, old, new = OPERATORS[change.number], change.extra, SWAPS[change.extra]
        out.append(f"infix operator {name}: {PRECEDENCE.get(old, 'ComparisonPrecedence')}")
        if old in ("&&", "||"):
            out.append(f"package func {name} (a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool {{ "
                       f"mutant({change.number}) ? try a {new} b() : try a {old} b() }}")
        else:
            need, result = ("AdditiveArithmetic", "T") if old in "+-" else ("Comparable" if "<" in old or ">" in old else "Equatable", "Bool")
            out.append(f"package func {name} <T: {need}>(a: T, b: T) -> {result} {{ "
                       f"mutant({change.number}) ? a {new} b : a {old} b }}")
    return "\n".join(out) + "\n"


def run(command, environment=None, timeout=None, log=None):
    """The exit status of a command; -1 where it ran out of time, and then nothing that it started is left."""
    with open(log or os.devnull, "w") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=sink,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return -1
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--modules", default=",".join(MODULES))
    parser.add_argument("--report", default=os.path.join(ROOT, ".build", "mutation.json"))
    parser.add_argument("--list", action="store_true", help="only draw and print")
    parser.add_argument("--in-process-only", action="store_true", help="leave out the tests that start programs")
    options = parser.parse_args()
    if subprocess.run(["git", "status", "--porcelain", "--", "Sources"], cwd=ROOT, capture_output=True, text=True).stdout:
        sys.exit("found changes in Sources, expected a clean checkout; commit them first")
    # Ended by a signal, the sources are put back too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    draw = random.Random(options.seed)
    modules = options.modules.split(",")
    pool = {module: [] for module in modules}
    for module in modules:
        for directory, _, names in sorted(os.walk(os.path.join(ROOT, "Sources", module))):
            for name in sorted(names):
                if name.endswith(".swift"):
                    pool[module] += list(candidates(os.path.relpath(os.path.join(directory, name), ROOT)))
    everything = [c for module in modules for c in pool[module]]
    draw.shuffle(everything)
    chosen, reserve = everything[:options.count], everything[options.count:options.count * 8]
    for number, change in enumerate(chosen):
        change.number = number
    print(f"{len(everything)} possible changes in {', '.join(modules)}; {len(chosen)} drawn with seed {options.seed}")
    if options.list:
        for change in chosen:
            print(change.show())
        return
    try:
        build(chosen, reserve)
        limits = baseline(sorted({change.module for change in chosen}), options)
        results = [check(change, limits, options) for change in chosen]
    finally:
        subprocess.run(["git", "checkout", "--quiet", "--", "Sources"], cwd=ROOT)
        mutants = os.path.join(ROOT, "Sources/Basics/Mutants.swift")
        if os.path.exists(mutants):
            os.remove(mutants)
    noticed = [r for r in results if r["by"] != "nothing"]
    own = [r for r in results if r["by"] == "module"]
    print(f"\nnoticed {len(noticed)} of {len(results)} ({100 * len(noticed) / len(results):.0f} %), "
          f"{len(own)} ({100 * len(own) / len(results):.0f} %) by tests of the same module")
    for r in results:
        if r["by"] == "nothing":
            print("survives:", r["change"])
    with open(options.report, "w") as file:
        json.dump({"seed": options.seed, "results": results}, file, indent=1)


def build(chosen, reserve):
    """Builds with all changes in; one that does not type-check is drawn again."""
    for attempt in range(20):
        subprocess.run(["git", "checkout", "--quiet", "--", "Sources"], cwd=ROOT)
        by_path = {}
        for change in chosen:
            by_path.setdefault(change.path, []).append(change)
        for path, changes in by_path.items():
            full = os.path.join(ROOT, path)
            text = instrumented(open(full).read(), changes)
            if not re.search(r"^(package )?import Basics$", text, re.M):
                text = "import Basics\n" + text
            open(full, "w").write(text)
        open(os.path.join(ROOT, "Sources/Basics/Mutants.swift"), "w").write(support(chosen))
        log = os.path.join(ROOT, ".build", "mutation-build.log")
        if run(["swift", "build", "-c", "release", "--build-tests"], log=log) == 0:
            return
        errors = set(re.findall(r"/(Sources/[^:\n]+\.swift):(\d+):\d+: error", open(log).read()))
        broken = [c for c in chosen if any(c.path == path and abs(c.line - int(line)) <= 2 for path, line in errors)]
        broken = broken or [c for c in chosen if any(c.path == path for path, _ in errors)]
        if not broken:
            sys.exit(f"the build failed for another reason than a change; see {log}")
        for change in broken:
            taken = {(c.path, c.line) for c in chosen}
            fresh = next(c for c in reserve if (c.path, c.line) not in taken)
            reserve.remove(fresh)
            fresh.number = change.number
            chosen[chosen.index(change)] = fresh
            print(f"drawn again, since it is no valid program: {change.show()}")
    sys.exit("found no set of changes that builds")


TEST = ["swift", "test", "-c", "release", "--skip-build", "--disable-xctest"]


def stages(module, options):
    """What runs for a change of a module, in order, until something notices it."""
    yield "module", ["--filter", f"^{module}Tests\\."]
    # Tests of the sources' text would notice the switches themselves.
    yield "in process", ["--skip", "^(CommandLineTests|ArchitectureTests)\\."]
    if not options.in_process_only:
        yield "programs", ["--filter", "^CommandLineTests\\."]


def baseline(modules, options):
    """Runs everything once without a change. Returns the seconds after which each run counts as hung."""
    limits = {}
    for module in modules:
        for name, selection in stages(module, options):
            if str(selection) in limits:
                continue
            started, log = time.time(), os.path.join(ROOT, ".build", "mutation-baseline.log")
            if run(TEST + selection, {"SWIFT_BACKTRACE": "enable=no"}, log=log) != 0:
                sys.exit(f"tests fail without a change ({' '.join(selection)}), expected all to pass; see {log}")
            limits[str(selection)] = 60 + 4 * (time.time() - started)
    return limits


def check(change, limits, options):
    switch = {"HFTML_MUTANT": str(change.number), "SWIFT_BACKTRACE": "enable=no"}
    started, by = time.time(), "nothing"
    for name, selection in stages(change.module, options):
        if run(TEST + selection, switch, limits[str(selection)]) != 0:
            by = name
            break
    print(f"{change.number:3} {by:10} {time.time() - started:5.0f} s  {change.show()}", flush=True)
    return {"change": change.show(), "module": change.module, "by": by}


if __name__ == "__main__":
    main()
