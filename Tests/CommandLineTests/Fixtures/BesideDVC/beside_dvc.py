"""hftml beside the real dvc: random repositories, random edits, either tool first.

python beside_dvc.py HFTML FIRST_SEED COUNT DIRECTORY
Prints a line of JSON for each difference, then a line that counts what was compared.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from dvc.repo import Repo  # noqa: E402
from dvc.repo.graph import get_subgraph_of_nodes  # noqa: E402
from ruamel.yaml import YAML  # noqa: E402

from repositories import Repository  # noqa: E402

HFTML, FIRST, COUNT, TOP = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.quotepath=off"]
compared = {}
yaml = YAML(typ="safe")


class Case:
    def __init__(self, seed):
        self.seed = seed
        self.model = Repository(seed)
        self.random = self.model.random
        self.top = os.path.join(TOP, str(seed))
        self.roots = [os.path.join(self.top, side) for side in ("d", "h")]
        self.steps = []
        self.is_ordered = True

    def say(self, what, theirs, ours):
        print(json.dumps({"seed": self.seed, "what": what, "steps": self.steps, "dvc": theirs, "hftml": ours},
                         ensure_ascii=False, default=str), flush=True)

    def compare(self, what, theirs, ours):
        compared[what] = compared.get(what, 0) + 1
        if theirs != ours:
            self.say(what, theirs, ours)

    # Tools. The order of stages is what their commands wrote.

    def order(self, root):
        path = root + ".order"
        lines = open(path).read().split("\n")[:-1] if os.path.exists(path) else []
        if os.path.exists(path):
            os.remove(path)
        return lines

    def dvc(self, root, action):
        os.environ["ORDER"] = root + ".order"
        os.chdir(root)
        try:
            with Repo(root) as repo:
                return action(repo)
        except Exception as error:  # what dvc refuses is compared as a refusal
            cause = error.__cause__ or error.__context__
            return "refused: %s %s" % (type(error).__name__, (str(error) + " " + str(cause or ""))[:300])
        finally:
            os.chdir(TOP)

    def hftml(self, root, *arguments):
        result = subprocess.run([HFTML, *arguments, "-C", root], capture_output=True, text=True,
                                env=dict(os.environ, ORDER=root + ".order"))
        self.last = result
        return "refused: " + result.stderr.strip()[:300] if result.returncode not in (0, 2) else result.stdout

    def repro(self, side, tool):
        root = self.roots[side]
        answer = self.dvc(root, lambda repo: repo.reproduce() and "") if tool == "dvc" else self.hftml(root, "repro", "-q")
        return self.order(root), answer.startswith("refused") if isinstance(answer, str) else False, answer

    def status(self, root, tool):
        if tool == "dvc":
            return self.dvc(root, lambda repo: repo.status())
        answer = self.hftml(root, "status", "--json")
        if answer.startswith("refused"):
            return answer
        value = json.loads(answer)
        value.pop("schemaVersion", None)
        return value

    # What stands

    def texts(self, root, *endings):
        found = {}
        for folder, names, files in os.walk(root):
            names[:] = sorted(n for n in names if n not in (".git", ".dvc"))
            for name in files:
                if name.endswith(endings):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        found[os.path.relpath(path, root)] = file.read()
        return found

    def data(self, root):
        found = {}
        for folder, names, files in os.walk(root):
            names[:] = [n for n in names if n not in (".git", ".dvc")]
            for name in files:
                if name in ("dvc.lock", ".gitignore") or name.endswith(".dvc"):
                    continue
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = hashlib.md5(file.read()).hexdigest()
        return found

    def objects(self, root):
        cache = os.path.join(root, ".dvc", "cache", "files", "md5")
        return sorted(a + b for a in (os.listdir(cache) if os.path.isdir(cache) else []) for b in os.listdir(os.path.join(cache, a)))

    # The play

    def begin(self):
        root = self.roots[0]
        os.makedirs(root)
        subprocess.run(GIT + ["init", "-q", "-b", "main", root], check=True)
        Repo.init(root).close()
        self.model.write(root)
        outside = os.path.join(self.top, "outside.csv")
        with open(outside, "w") as file:
            file.write("imported\n")
        if self.random.random() < 0.3:
            self.steps.append("import-url")
            self.dvc(root, lambda repo: repo.imp_url(os.path.join("..", "outside.csv"), out="imported"))
        shutil.copytree(root, self.roots[1], symlinks=True)
        for path in self.model.pointers:
            self.steps.append("add " + path)
            theirs = self.dvc(root, lambda repo, path=path: [str(s) for s in repo.add(path)])
            ours = self.hftml(self.roots[1], "add", "-q", os.path.join(self.roots[1], path))
            self.compare("add", "refused" in str(theirs), "refused" in ours)
        self.compare("pointers", self.texts(root, ".dvc", ".gitignore"), self.texts(self.roots[1], ".dvc", ".gitignore"))

    def run(self):
        self.begin()
        self.compare_status("status before", self.roots[:1])
        self.dvc(self.roots[0], self.find_order)
        theirs, ours = self.repro(0, "dvc"), self.repro(1, "hftml")
        self.steps.append("repro")
        if theirs[1] != ours[1]:
            self.say("repro is refused", theirs[2], ours[2])
        if theirs[1] or ours[1]:
            return
        self.compare_runs(theirs[0], ours[0], *self.roots, endings=("dvc.lock", ".gitignore"))
        self.compare_status("status after")
        self.save("one")
        for edit, words in self.model.edits():
            self.steps.append(words)
            for root in self.roots:
                edit(root)
        self.compare_status("status of edits")
        # Each tool goes on with what the other one has made.
        ours, theirs = self.repro(0, "hftml"), self.repro(1, "dvc")
        self.steps.append("repro by the other")
        if theirs[1] != ours[1]:
            self.say("repro is refused", theirs[2], ours[2])
        if theirs[1] or ours[1]:
            return
        # DVC's repro also records changed data in the pointers that it needs; here that is for people to say.
        for path in [p for p in self.model.pointers if os.path.exists(os.path.join(self.roots[0], p))]:
            self.hftml(self.roots[0], "add", "-q", os.path.join(self.roots[0], path))
            self.dvc(self.roots[1], lambda repo, path=path: repo.add(path) and "")
        self.compare_runs(theirs[0], ours[0], *reversed(self.roots), endings=("dvc.lock", ".dvc"))
        self.save("two")
        self.checkout()
        self.collect()

    def compare_runs(self, theirs, ours, root, own, endings):
        texts = self.texts(root, *endings), self.texts(own, *endings)
        if self.is_ordered:
            self.compare("order", theirs, ours)
            return self.compare("locks", *texts)
        self.compare("order", sorted(theirs), sorted(ours))
        # The lines of .gitignore and the entries of a lock come in the order of the run.
        self.compare("locks", *[{path: yaml.load(text) if path.endswith(("dvc.lock", ".dvc")) else sorted(text.split("\n"))
                                 for path, text in side.items()} for side in texts])

    def find_order(self, repo):
        """Where a run needs less than half of a repository's graph, dvc's order is that of a set of Python."""
        needed = set(get_subgraph_of_nodes(repo.index.graph, [s for s in repo.index.stages if s.path_in_repo == "dvc.yaml"]))
        self.is_ordered = 2 * len(needed) >= len(repo.index.graph)

    def compare_status(self, what, roots=None):
        for root in roots or self.roots:
            self.compare(what, self.status(root, "dvc"), self.status(root, "hftml"))

    def save(self, message):
        for root in self.roots:
            subprocess.run(GIT + ["-C", root, "add", "-A"], check=True)
            subprocess.run(GIT + ["-C", root, "commit", "-q", "-m", message, "--allow-empty"], check=True)

    def checkout(self):
        """A random part of the data is spoiled, and a random part brought back."""
        # dvc takes a target with `cache: false` and does nothing; here it is refused, since nothing can be brought back.
        tracked = [p for p in self.model.pointers + self.model.outputs
                   if os.path.basename(p) not in self.model.uncached and os.path.lexists(os.path.join(self.roots[0], p))]
        if not tracked:
            return
        victims = self.random.sample(sorted(tracked), min(2, len(tracked)))
        part = victims[0]
        inner = os.path.join(self.roots[0], part)
        if os.path.isdir(inner) and self.random.random() < 0.5:
            part = os.path.join(part, sorted(os.listdir(inner))[0])
        self.steps.append("spoil %s, checkout %s" % (victims, part))
        for root in self.roots:
            for victim in victims:
                full = os.path.join(root, victim)
                if os.path.isdir(full):
                    for name in sorted(os.listdir(full))[:1]:
                        path = os.path.join(full, name)
                        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
                    Repository.put(root, os.path.join(victim, "zz-new"), "new\n")
                else:
                    os.remove(full)
        theirs = self.dvc(self.roots[0], lambda repo: repo.checkout([os.path.join(self.roots[0], part)], force=True) and "")
        ours = self.hftml(self.roots[1], "checkout", "-q", "--force", os.path.join(self.roots[1], part))
        self.compare("checkout is refused", "refused" in str(theirs), "refused" in ours)
        self.compare("checkout", self.data(self.roots[0]), self.data(self.roots[1]))

    def collect(self):
        scope = self.random.choice(["workspace", "all_commits", "num"])
        self.steps.append("gc " + scope)
        options = {"workspace": dict(workspace=True), "all_commits": dict(all_commits=True), "num": dict(num=2, rev="HEAD", workspace=True)}
        words = {"workspace": ["-w"], "all_commits": ["-A"], "num": ["-n", "2", "-w"]}
        self.dvc(self.roots[0], lambda repo: repo.gc(force=True, **options[scope]))
        self.hftml(self.roots[1], "gc", "-q", "--yes", *words[scope])
        theirs, ours = self.objects(self.roots[0]), self.objects(self.roots[1])
        self.compare("gc", theirs, [name for name in ours if name in theirs or name not in self.kept_for_runs()])

    def kept_for_runs(self):
        """Objects of outputs with `cache: false`, which the run cache needs: hftml keeps what a lock names."""
        found = set()
        root = self.roots[1]
        for revision in ("", "HEAD", "HEAD~1"):
            for folder in self.model.pipelines:
                path = os.path.join(folder, "dvc.lock")
                if revision:
                    text = subprocess.run(GIT + ["-C", root, "show", "%s:%s" % (revision, path)], capture_output=True, text=True).stdout
                else:
                    text = open(os.path.join(root, path), encoding="utf-8").read() if os.path.exists(os.path.join(root, path)) else ""
                for stage in ((yaml.load(text) or {}).get("stages") or {}).values():
                    found |= {out["md5"] for out in stage.get("outs", []) if out["path"] in self.model.uncached}
        return found


def main():
    for seed in range(FIRST, FIRST + COUNT):
        case = Case(seed)
        try:
            case.run()
        except Exception as error:
            case.say("the test itself failed", "%s: %s" % (type(error).__name__, error), None)
        shutil.rmtree(case.top, ignore_errors=True)
    print(json.dumps({"cases": COUNT, "compared": compared}), flush=True)


main()
