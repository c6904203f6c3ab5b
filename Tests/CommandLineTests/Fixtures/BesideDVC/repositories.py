"""Random repositories of data and pipelines, and random edits of them. Everything follows from the seed."""

import os
import random

NAMES = ["a", "b c", "caf\u00e9", "cafe\u0301", "d-1.csv", "z_9", "\u65e5\u672c", "q'u", "#h", "x=1", "[b]", "-dash", "1e5", "yes"]
SCALARS = ["1", "1.0", "0.1", "true", "off", "'1'", "1e3", ".5", "text", "'a: b'", "~", "0x1F", "12:30:45", "-3", "1_000",
           '"tab\\tx"', "99999999999999999999", "caf\u00e9", "!!str 7", "!!float 3", "0o17", "''"]
KEYS = [["a", "b", "lr"], ["1", "5", "30"], ["0.5", "1.5"], ["true", "false"], ["'1'", "'x y'", "caf\u00e9"]]


class Repository:
    """Files by path; stages that read sources and each other's outputs."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files = {}
        self.pointers = []      # data to put under version control
        self.pipelines = {}     # directory of a dvc.yaml -> [(name, body)]
        self.outputs = []       # paths that stages make
        self.uncached = set()   # those that `cache: false` keeps out of the cache
        self.sources = []
        self.build()

    # Parameters

    def value(self, depth, anchors):
        r = self.random
        if anchors and r.random() < 0.2:
            return "*" + r.choice(anchors)
        if depth == 0 or r.random() < 0.55:
            return r.choice(SCALARS)
        name = ""
        if r.random() < 0.25:
            name = "&n%d " % (len(self.anchor_kinds))
        if r.random() < 0.4:
            text, kind = "[" + ", ".join(self.value(depth - 1, anchors) for _ in range(r.randint(0, 3))) + "]", "list"
        else:
            keys = r.choice(KEYS)
            pairs = ["%s: %s" % (k, self.value(depth - 1, anchors)) for k in r.sample(keys, r.randint(1, len(keys)))]
            maps = [a for a in anchors if self.anchor_kinds.get(a) == "map"]
            # Python cannot sort texts beside numbers, so only maps with keys of one kind are merged.
            if maps and keys is KEYS[0] and r.random() < 0.6:
                pairs.insert(r.randint(0, len(pairs)), "<<: " + (
                    "*" + r.choice(maps) if r.random() < 0.6 else "[*%s, *%s]" % (r.choice(maps), r.choice(maps))))
            text, kind = "{" + ", ".join(pairs) + "}", "map" if keys is KEYS[0] else "other"
        if name:
            anchors.append(name[1:-1])
            self.anchor_kinds[name[1:-1]] = kind
        return name + text

    def parameters(self):
        anchors, self.anchor_kinds = [], {}
        lines = ["lr: 0.1", "epochs: 3", "name: \u00e9t\u00e9"]
        lines += ["p%d: %s" % (i, self.value(3, anchors)) for i in range(self.random.randint(2, 5))]
        self.keys = [line.split(":")[0] for line in lines]
        return "\n".join(lines) + "\n"

    # Structure

    def build(self):
        r = self.random
        self.files["params.yaml"] = self.parameters()
        self.files["other.json"] = '{"z": 1, "a": {"y": 2.0, "b": [1, null, "x"]}}\n'
        self.files["conf.toml"] = 'z = 1\na = "t"\n[s]\nwhen = 2\nnames = ["x", "y"]\n[b]\nq = 0xFF\n'
        self.files["consts.py"] = "RATE = 0.5\nSIZES = {1: 'a', 2: 'b'}\n"
        self.files[".dvcignore"] = r.choice(["", "*.skip\n", "skip/\n*.tmp\n", "/data/ign*\n"])
        for name in r.sample(NAMES, r.randint(2, 4)):
            path = r.choice(["", "data/", "sub/"]) + name
            if r.random() < 0.5:
                for inner in r.sample(NAMES, r.randint(1, 4)) + r.sample(["x.skip", "skip/y", "deep/er/f"], r.randint(0, 2)):
                    self.files["%s/%s" % (path, inner)] = self.text()
                self.sources.append(path)
            else:
                self.files[path] = self.text()
                self.sources.append(path)
        for path in self.sources:
            if r.random() < 0.5:
                self.pointers.append(path)
        folders = [""] + r.sample(["sub", "prep"], r.randint(0, 2))
        known = list(self.sources)
        for folder in reversed(folders):
            self.pipelines[folder] = [self.stage(folder, i, known) for i in range(r.randint(1, 3))]
        self.pipelines[""].append(self.generated(known))

    def text(self):
        return "%d\n" % self.random.randrange(10**6)

    @staticmethod
    def quote(path):
        # No option to the commands that read it.
        path = "./" + path if path.startswith("-") else path
        return "'" + path.replace("'", "'\"'\"'") + "'"

    @staticmethod
    def yaml(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def command(self, label, reads, out, is_directory, params):
        """A command that makes its output of what it reads, and says in ORDER that it ran."""
        quote = self.quote
        names = " ".join(quote(p) for p in reads + params) or "/dev/null"
        body = "echo %s >> \"$ORDER\"; " % label
        if is_directory:
            body += "rm -rf %s; mkdir -p %s/s; find -L %s -type f | LC_ALL=C sort | xargs -d '\\n' cat > %s/s/f; echo 1 > %s/g" % (
                (quote(out),) * 2 + (names,) + (quote(out),) * 2)
        else:
            body += "find -L %s -type f | LC_ALL=C sort | xargs -d '\\n' cat > %s" % (names, quote(out))
        return body

    def stage(self, folder, index, known):
        r = self.random
        wdir = r.choice([None, None, None, "..", "."]) if folder else None
        base = os.path.normpath(os.path.join(folder, wdir or "."))
        reads = r.sample(known, min(len(known), r.randint(1, 2)))
        reads = sorted({os.path.relpath(p, base) for p in reads})
        name = "s%s%d" % (folder[:1], index)
        out = "out %s" % name if r.random() < 0.3 else "o_" + name
        is_directory = r.random() < 0.4
        lines = []
        params, files = [], []
        if r.random() < 0.7:
            params += r.sample(self.keys, r.randint(1, 3)) if base == "." else []
            for file in r.sample(["other.json", "conf.toml", "consts.py"], r.randint(0, 2)):
                files.append(os.path.relpath(file, base))
            if base != ".":
                files.append(os.path.relpath("params.yaml", base))
        used = files + (["params.yaml"] if params else [])
        lines.append("cmd: " + self.yaml(self.command(name, reads, out, is_directory, used)))
        if wdir:
            lines.append("wdir: " + wdir)
        lines.append("deps:")
        lines += ["- " + self.yaml(p) for p in reads]
        if params or files:
            lines.append("params:")
            lines += ["- %s" % p for p in params] + ["- %s:" % f for f in files]
        kind = r.choice(["outs", "outs", "outs", "metrics"]) if not is_directory else "outs"
        lines.append(kind + ":")
        option = r.choice(["", "", "", "cache: false", "persist: true"]) if kind == "outs" and not is_directory else "cache: false" if kind == "metrics" else ""
        lines.append("- %s%s" % (self.yaml(out), ":\n    " + option if option else ""))
        known.append(os.path.normpath(os.path.join(base, out)))
        self.outputs.append(known[-1])
        if option == "cache: false":
            self.uncached.add(out)
        return name, lines

    def generated(self, known):
        """A foreach or a matrix, of constants or of parameters."""
        r = self.random
        source = r.choice(known)
        kind = r.choice(["foreach", "foreach-map", "matrix"])
        if kind == "foreach":
            head, item, label = ["foreach: [x, y]"], "${item}", "g@${item}"
            outs = ["gx", "gy"]
        elif kind == "foreach-map":
            head, item, label = ["foreach:", "  k1: {v: u1}", "  k2: {v: u2}"], "${item.v}", "g@${key}"
            outs = ["gu1", "gu2"]
        else:
            head, item, label = ["matrix:", "  m: [1, 2]", "  n: [t]"], "${item.m}-${item.n}", "g@${item.m}-${item.n}"
            outs = ["g1-t", "g2-t"]
        body = ["cmd: " + self.yaml(self.command(label, [source], "g" + item, False, []) + "; echo ${lr} >> g" + item)]
        body += ["deps:", "- " + self.yaml(source), "outs:", "- g" + item]
        self.outputs += outs
        if kind == "matrix":
            return "g", head + body
        return "g", head + ["do:"] + ["  " + line for line in body]

    def pipeline(self, folder):
        lines = []
        if folder:
            lines.append("# stages of " + folder)
        lines.append("stages:")
        for name, body in self.pipelines[folder]:
            lines.append("  %s:" % name)
            lines += ["    " + line for part in body for line in part.split("\n")]
        return "\n".join(lines) + "\n"

    def write(self, root):
        for path, text in self.files.items():
            self.put(root, path, text)
        for folder in self.pipelines:
            self.put(root, os.path.join(folder, "dvc.yaml"), self.pipeline(folder))

    @staticmethod
    def put(root, path, text):
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if os.path.lexists(full) and os.path.isfile(full):
            os.remove(full)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    # Edits

    def edits(self):
        """A few changes, each a function of a root and words for it."""
        return [self.edit() for _ in range(self.random.randint(1, 3))]

    def edit(self):
        r = self.random
        kind = r.choice(["source", "parameter", "output", "gone", "command", "pointer", "toml"])
        text = self.text()
        if kind == "source" or kind == "pointer":
            path = r.choice(sorted(self.files.keys() - {"params.yaml", "other.json", "conf.toml", "consts.py", ".dvcignore"}))
            return lambda root: self.put(root, path, text), "change " + path
        if kind == "parameter":
            line = r.choice(["lr: 0.2\n", "lr: '0.1'\n", "lr: 1\nextra: 1\n"]) + self.files["params.yaml"].split("\n", 1)[1]
            return lambda root: self.put(root, "params.yaml", line), "change params.yaml"
        if kind == "toml":
            return lambda root: self.put(root, "conf.toml", self.files["conf.toml"].replace("when = 2", "when = 3")), "change conf.toml"
        if kind == "command":
            folder = r.choice(sorted(self.pipelines))
            def change(root):
                path = os.path.join(root, folder, "dvc.yaml")
                with open(path, encoding="utf-8") as file:
                    lines = file.read()
                self.put(root, os.path.join(folder, "dvc.yaml"), lines.replace("cmd: \"echo", "cmd: \"true; echo", 1))
            return change, "change a command in %s/dvc.yaml" % folder
        # DVC does not always keep the objects of outputs without a cache, so only one of the tools could restore them.
        path = r.choice([p for p in self.outputs if os.path.basename(p) not in self.uncached])
        def spoil(root):
            full = os.path.join(root, path)
            target = full if not os.path.isdir(full) else os.path.join(full, "g")
            if os.path.lexists(target):
                os.remove(target)
                if kind == "output":
                    self.put(root, os.path.relpath(target, root), text)
        return spoil, ("alter " if kind == "output" else "remove ") + path
