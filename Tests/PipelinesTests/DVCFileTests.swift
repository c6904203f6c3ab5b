import Basics
import ConfigurationFiles
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing

/// Any valid `dvc.yaml` runs as it is. The judge is the real dvc: both run the same file, and both locks are the same
/// to the byte.
@Suite struct DVCFileTests {
    static let yaml = """
        vars:
        - extra.yaml:grid,names
        - inline: {who: world, deep: {x: 1}}
        - inline: {deep: {y: 2.5}, flags: [true, false]}
        stages:
          plain:
            cmd: echo ${inline.who} ${inline.deep.x} ${grid.lr[0]} ${names.1} '\\${HOME}' > plain.txt
            deps: [in.txt]
            params:
            - lr
            - train.opt
            - other.json:
              - depth
            - conf.toml:
            - conf.py:
              - Model.layers
              - rate
            outs: [plain.txt]
          options:
            cmd: echo ${args} > options.txt
            deps: [in.txt]
            outs: [options.txt]
          each:
            foreach: ${names}
            do:
              cmd: echo ${item} > each-${item}.txt
              deps: [in.txt]
              outs: ['each-${item}.txt']
          table:
            foreach: {one: {n: 1}, two: {n: 2}}
            do:
              cmd: echo ${key} ${item.n} > table-${key}.txt
              outs: ['table-${key}.txt']
          objects:
            foreach: [{a: 1}, {a: 2.0}]
            do:
              cmd: echo ${item.a} > objects-${item.a}.txt
              outs: ['objects-${item.a}.txt']
          switched:
            foreach: ${inline.flags}
            do:
              cmd: echo ${item} > switched-${item}.txt
              outs: ['switched-${item}.txt']
          crossed:
            matrix: {flag: '${inline.flags}', side: [true, buy]}
            cmd: echo ${item.flag} ${item.side} > crossed-${key}.txt
            outs: ['crossed-${key}.txt']
          never:
            matrix: {k: []}
            cmd: echo
          grid:
            matrix:
              sym: [AAPL, MSFT]
              cfg: [{n: 1}, {n: 2}]
              flag: [true, 2.5]
            cmd: echo ${item.sym} ${item.cfg.n} ${item.flag} > grid-${key}.txt
            outs: ['grid-${key}.txt']
          elsewhere:
            wdir: sub
            cmd:
            - cp ../in.txt out.txt
            - echo "it's ${inline.who}" >> out.txt
            deps: [../in.txt]
            params: [where]
            outs: [out.txt]
          grows:
            cmd: echo more >> log.txt
            deps: [in.txt]
            outs: [log.txt: {persist: true, cache: false}]
          measured:
            cmd: |
              echo '{"auc": 0.75, "n": {"loss": 1.25}}' > m.json
              printf 'step,loss\\n0,2\\n1,1\\n' > p.csv
            deps: [in.txt]
            metrics: [m.json: {cache: false}]
            plots: [p.csv: {x: step, y: loss}]
        """
    static let files = [
        "dvc.yaml": yaml, "in.txt": "in\n", "extra.yaml": "grid: {lr: [0.1, 0.2]}\nnames: [b, c]\n",
        "params.yaml":
            "lr: 0.10\ntrain:\n  opt: {name: adam, betas: [0.9, 0.999]}\nargs: {lr: 0.1, layers: [1, 2], name: \"it's "
            + "x\", verbose: true, quiet: false, no: [], on: [true, 2], opt: {b1: 0.9}}\nhex: 0x1F\n",
        "other.json": "{\"depth\": 5, \"rest\": null}", "conf.toml": "a = 1\nb = \"text\"\nc = 2.50\n",
        "conf.py":
            "import os\nrate: float = 0.5\nclass Model:\n    layers = [1, 2,\n              3]\n    name = 'x'\ndef "
            + "f():\n    rate = 7\n",
        "sub/params.yaml": "where: below\n",
    ]

    static func fill(_ repository: TestRepository) throws {
        for (name, text) in files { try repository.write(text, to: name) }
    }

    @Test(
        "templating, vars, foreach, matrix, wdir, parameter files, persist: the same lock as dvc's, byte for byte",
        .enabled(if: SharedData.client("dvc") != nil, "needs the real dvc"))
    func parity() throws {
        let theirs = try TestRepository(named: "theirs"), ours = try TestRepository(in: theirs.directory, named: "ours")
        for repository in [theirs, ours] {
            #expect(try repository.dvc("init", "-q").status == 0)
            try DVCFileTests.fill(repository)
        }
        let reference = try theirs.dvc("repro")
        #expect(reference.status == 0, "\(reference.output)\(reference.errors)")
        let run = try ours.hftml("repro", "-j", "3")
        #expect(run.status == 0, "\(run.errors)")
        func stages(_ text: String) throws -> [String: String] {
            let node = try YAMLFile.parse(text, file: "lock")
            return Dictionary((node[key: "stages"]?.mapValue ?? []).map { ($0.key, YAMLWriter.text($0.value)) }) { $1 }
        }
        let expected = try stages(try theirs.read("dvc.lock")), found = try stages(try ours.read("dvc.lock"))
        #expect(Set(expected.keys) == Set(found.keys))
        for (name, text) in expected { #expect(found[name] == text, "\(name)") }
        #expect(try ours.read("options.txt") == theirs.read("options.txt"))
        let clean = try ours.dvc("status", "--json")
        #expect(clean.output.trimmingCharacters(in: .whitespacesAndNewlines) == "{}", "\(clean)")
        let again = try ours.hftml("repro")
        #expect(again.output.contains("nothing to do"), "\(again.errors)")
        // One job at a time keeps dvc's order of stages, and then the whole file is the same.
        try ours.remove("dvc.lock")
        #expect(try ours.hftml("repro", "--force", "--no-run-cache").status == 0)
        func order(_ text: String) throws -> [String] {
            (try YAMLFile.parse(text, file: "lock")[key: "stages"]?.mapValue ?? []).map(\.key)
        }
        #expect(try order(try ours.read("dvc.lock")) == order(try theirs.read("dvc.lock")))
        var metrics = try JSONParser.parse(try ours.hftml("metrics", "show", "--json").output)
        #expect(metrics[key: "schemaVersion"]?.intValue == 1)
        metrics[key: "schemaVersion"] = nil
        #expect(
            metrics == (try JSONParser.parse(try theirs.dvc("metrics", "show", "--json").output)),
            "\(metrics.text(.compact))")
        #expect(try ours.hftml("plots", "show", "--json").output.contains("vega-lite/v5"))
        let dag = try ours.hftml("dag", "--dot").output
        #expect(dag.contains("digraph"))
    }

    @Test(
        "mistakes in a dvc.yaml are found before anything runs, with their place",
        arguments: [
            ("stages: {a: {cmd: x, dep: [y]}}", "unknown key"), ("stages: {a: {deps: [y]}}", "required key"),
            ("stages: {a: {cmd: 'echo ${nothing}'}}", "unknown parameter"),
            ("stages: {a: {cmd: x, outs: [o: {cash: true}]}}", "unknown key"),
            ("stages: {a: {foreach: 3, do: {cmd: x}}}", "foreach"), ("stages: {a: {matrix: {}, cmd: x}}", "matrix"),
            ("vars: [{lr: 2}]\nstages: {}", "defined already"), ("vars: [none.yaml]\nstages: {}", "found no file"),
            ("stages: {a: {cmd: x, deps: [d.dvc]}}", "expected data"),
            ("stagez: {}", "did you mean 'stages'"), ("stages: {a: {cmd: 'echo ${lr'}}", "without '}'"),
            ("stages: {'': {cmd: x}}", "stage name"), ("stages: []", "expected a map of stages"),
            ("stages: {a: {foreach: [1, 1], do: {cmd: x}}}", "two stages called 'a@1'"),
            ("vars: [{a: {b: '${lr}'}}]\nstages: {}", "inside 'vars'"),
        ])
    func mistakes(yaml: String, word: String) throws {
        let directory = try TemporaryDirectory()
        try Workspace.create(directory.path, environment: [:])
        try directory.write(yaml, to: "dvc.yaml")
        try directory.write("lr: 1\n", to: "params.yaml")
        let error = #expect(throws: ConfigError.self) {
            try Pipeline(directory.file("dvc.yaml"), types: StageType.kinds([]))
        }
        #expect(error?.description.contains(word) == true && error?.mark != nil, "\(error?.description ?? "")")
    }

    @Test("run cache entries have DVC's names", .enabled(if: SharedData.isThere, "needs the shared specifications"))
    func runCacheVectors() throws {
        let path = SharedData.path("specs/dvc-vectors.json")
        let vectors = try JSONParser.parse(try FileChunks.bytes(path), file: path)
        let runs = try #require(vectors[key: "run_cache"]?.listValue)
        let imports = try #require(vectors[key: "import_stage_md5"]?.listValue)
        #expect(runs.count >= 2 && imports.count >= 2)
        for vector in runs {
            let run = try LockFile.Stage(try #require(vector[key: "entry"]))
            let names = RunCache.names(run.node)
            #expect(names.key == vector[key: "key"]?.stringValue && names.value == vector[key: "value"]?.stringValue)
            #expect(YAMLWriter.text(run.node) == vector[key: "file_bytes"]?.stringValue)
        }
        for vector in imports {
            #expect(PointerFile.checksum(try #require(vector[key: "stage"])) == vector[key: "md5"]?.stringValue)
            let text = try #require(vector[key: "file_bytes"]?.stringValue)
            #expect(YAMLWriter.text(try PointerFile("x.dvc", text: text).node) == text)
        }
    }
}
