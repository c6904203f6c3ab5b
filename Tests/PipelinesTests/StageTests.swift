import Basics
import ConfigurationFiles
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing

/// What a `dvc.yaml` says, as stages. The right values are dvc 3.67.1's (section 4.2 of the compatibility
/// specification).
@Suite struct StageTests {
    private static func pipeline(
        _ files: [String: String], in directory: TemporaryDirectory, overrides: [(String, JSONValue)] = []
    ) throws -> Pipeline {
        for (name, text) in files { try directory.write(text, to: name) }
        return try Pipeline(
            directory.file("dvc.yaml"), types: StageType.kinds([]), overrides: overrides)
    }

    @Test("templates, generated stages, options of maps and outputs with settings, as dvc reads them")
    func whole() throws {
        let directory = try TemporaryDirectory()
        let pipeline = try Self.pipeline(DVCFileTests.files, in: directory)
        let stages = Dictionary(uniqueKeysWithValues: pipeline.stages.map { ($0.name, $0) })
        #expect(
            Set(stages.keys) == [
                "plain", "options", "each@b", "each@c", "table@one", "table@two", "objects@0", "objects@1",
                "grid@AAPL-cfg0-true", "grid@AAPL-cfg0-2.5", "grid@AAPL-cfg1-true", "grid@AAPL-cfg1-2.5",
                "grid@MSFT-cfg0-true", "grid@MSFT-cfg0-2.5", "grid@MSFT-cfg1-true", "grid@MSFT-cfg1-2.5", "elsewhere",
                "grows", "measured", "switched@True", "switched@False", "crossed@True-true", "crossed@True-buy",
                "crossed@False-true", "crossed@False-buy",
            ])
        for (name, command) in [
            ("plain", "echo world 1 0.1 c '${HOME}' > plain.txt"),
            (
                "options",
                "echo --lr 0.1 --layers 1 2 --name 'it'\"'\"'s x' --verbose --on True 2 --opt.b1 0.9 > options.txt"
            ), ("each@b", "echo b > each-b.txt"), ("table@two", "echo two 2 > table-two.txt"),
            ("objects@0", "echo 1 > objects-1.txt"), ("objects@1", "echo 2.0 > objects-2.0.txt"),
            ("grid@MSFT-cfg1-2.5", "echo MSFT 2 2.5 > grid-MSFT-cfg1-2.5.txt"),
            ("grid@AAPL-cfg0-true", "echo AAPL 1 true > grid-AAPL-cfg0-true.txt"),
        ] { #expect(stages[name]?.commands == [command], "\(name)") }
        let plain = try #require(stages["plain"]), elsewhere = try #require(stages["elsewhere"])
        #expect(
            plain.parameters.map { "\($0.file) \($0.keys)" } == [
                "params.yaml [\"lr\"]", "params.yaml [\"train.opt\"]", "other.json [\"depth\"]", "conf.toml []",
                "conf.py [\"Model.layers\", \"rate\"]",
            ])
        #expect(elsewhere.directory == directory.file("sub") && elsewhere.isList && !plain.isList)
        #expect(elsewhere.commands == ["cp ../in.txt out.txt", "echo \"it's world\" >> out.txt"])
        #expect(elsewhere.absolute("../in.txt") == directory.file("in.txt"))
        let grows = try #require(stages["grows"]?.outputs.first), measured = try #require(stages["measured"])
        #expect(grows.persists && !grows.isCached && grows.kind == .plain)
        #expect(measured.outputs.map(\.kind) == [.metric, .plot] && measured.outputs.map(\.isCached) == [false, true])
        #expect(measured.outputs[1].plot?[key: "y"]?.stringValue == "loss")
        // What a lock holds of the parameters: params.yaml first, then files by name; keys sorted.
        let values = try ParameterValues().of(plain)
        #expect(values.map(\.key) == ["params.yaml", "conf.py", "conf.toml", "other.json"])
        #expect(values[0].value.mapValue?.map(\.key) == ["lr", "train.opt"])
        #expect(values[1].value == .map(["Model.layers": .list([.int(1), .int(2), .int(3)]), "rate": .double(0.5)]))
        #expect(values[2].value == .map(["a": .int(1), "b": .string("text"), "c": .double(2.5)]))
        #expect(try ParameterValues().missing(plain).isEmpty)
        #expect(pipeline.isNative == false && pipeline.lockPath == directory.file("dvc.lock"))
    }

    @Test("settings of stages and outputs that nothing else names")
    func settings() throws {
        let directory = try TemporaryDirectory()
        let pipeline = try Self.pipeline(
            [
                "dvc.yaml": """
                stages:
                  a:
                    cmd: x
                    desc: words
                    frozen: true
                    always_changed: true
                    deps: [in]
                    params: [none, p.yaml: [k]]
                    outs: [o: {push: false, remote: r}]
                    plots: [q.csv: {cache: false, x: step, title: T}, r.csv]
                metrics: [m.json]
                plots: [p.csv]
                """
            ], in: directory)
        let stage = pipeline.stages[0]
        #expect(stage.description == "words" && stage.isFrozen && stage.alwaysRuns && !stage.isCallback)
        #expect(stage.outputs[0].isPushed == false && stage.outputs[0].remote == "r" && stage.outputs[0].isCached)
        #expect(pipeline.metrics == ["m.json"] && pipeline.plots.map(\.id) == ["p.csv"])
        #expect(
            try ParameterValues().missing(stage).map { "\($0.file) \($0.key)" } == ["params.yaml none", "p.yaml k"])
        // Exported and read again, it is the same pipeline.
        try directory.write(pipeline.dvcText(), to: "again/dvc.yaml")
        let again = try Pipeline(directory.file("again"), types: StageType.kinds([])).stages[0]
        #expect(stage.outputs.count == 3 && stage.outputs[1].plot?.mapValue?.map(\.key) == ["cache", "x", "title"])
        #expect(again.outputs == stage.outputs && again.parameters == stage.parameters && again.isFrozen)
        #expect(again.alwaysRuns && again.description == "words" && again.dependencies == ["in"])
    }

    @Test("a native pipeline is exported as the dvc.yaml that means the same")
    func export() throws {
        let directory = try TemporaryDirectory()
        try directory.write("lr: 0.5\nunused: 1\n", to: "params.yaml")
        try directory.write(
            """
            schemaVersion: 1
            stages:
              a: {run: ["echo ${lr}", "echo '\\\\${HOME}'"], deps: [in], outs: [o], metrics: [m.json], desc: d}
              b: {run: cat o > p, deps: [o], outs: [p], persist: true, always: true, frozen: true}
            """, to: "pipeline.yaml")
        let pipeline = try Pipeline(directory.path, types: StageType.kinds([]))
        let text = """
            # Written by `hftml pipeline export-dvc` from pipeline.yaml; edit that one.
            stages:
              a:
                cmd:
                - echo 0.5
                - echo '\\${HOME}'
                desc: d
                deps:
                - in
                params:
                - lr
                outs:
                - o
                metrics:
                - m.json:
                    cache: false
              b:
                cmd: cat o > p
                deps:
                - o
                outs:
                - p:
                    persist: true
                frozen: true
                always_changed: true

            """
        #expect(pipeline.dvcText() == text)
        let workspace = try Workspace.create(directory.path, environment: [:])
        #expect(
            try pipeline.advice(workspace: workspace).map { "\($0.stage ?? "-"): \($0.text)" } == [
                "a: found no 'in', which it reads, and no stage that makes it",
                "-: no stage uses the parameter 'unused'",
            ])
        #expect(pipeline.edges.map { "\($0.source) \($0.target)" } == ["a b"])
        let graph = try PipelineGraph([pipeline])
        func names(_ positions: [Int]) -> [String] { positions.map { graph.stages[$0].name } }
        let (a, b) = (
            try #require(graph.position(of: "a", in: pipeline.path)),
            try #require(graph.position(of: "b", in: pipeline.path))
        )
        // What a frozen stage reads is not looked at, so its sources are not needed.
        #expect(names(graph.upstream(of: [b])) == ["b"] && names(graph.downstream(of: [b])) == ["b"])
        #expect(names(graph.upstream(of: [a])) == ["a"] && names(graph.downstream(of: [a])) == ["a", "b"])
    }

    @Test(
        "sizes",
        arguments: [
            ("2", 2), ("500MB", 500_000_000), ("4GiB", 4 << 30), ("1.5K", 1_500), ("1KiB", 1_024), ("7 B", 7),
            ("3M", 3_000_000),
            ("1KB", 1_000), ("1MiB", 1 << 20), ("2G", 2_000_000_000), ("1GB", 1_000_000_000),
            ("1TB", 1_000_000_000_000),
            ("1TiB", 1 << 40), ("x", nil), ("1X", nil), ("", nil), ("-1", nil), ("1e3", nil), ("9999999TB", nil),
        ] as [(String, Int?)])
    func amounts(_ text: String, _ expected: Int?) { #expect(Resources.amount(text) == expected) }

    @Test("any graph runs in an order in which inputs come first; each stage right before what needs it")
    func order() throws {
        let directory = try TemporaryDirectory()
        var random = SeededRandom(seed: 11)
        for round in 0..<40 {
            // Stage `order[i]` may read what `order[..<i]` make, as a file, the directory above it, or a file below it.
            let count = 2 + random.index(below: 9), order = Array(0..<count).shuffled(using: &random)
            var sources = [Set<Int>](repeating: [], count: count)
            for place in 1..<count {
                for other in 0..<place where random.index(below: 3) == 0 { sources[order[place]].insert(order[other]) }
            }
            let forms = ["s%/o", "s%", "s%/o/deep"]
            let stages = (0..<count).map { index in
                let reads = sources[index].sorted().map { forms[random.index(below: 3)].replacing("%", with: "\($0)") }
                return
                    "  t\(index): {cmd: x, deps: [\((reads + ["in"]).joined(separator: ", "))], outs: [s\(index)/o]}\n"
            }
            let pipeline = try Self.pipeline(["dvc.yaml": "stages:\n" + stages.joined()], in: directory)
            // Depth first in the order of the file, as DVC goes; by recursion here.
            var expected: [Int] = []
            func visit(_ index: Int) {
                guard !expected.contains(index) else { return }
                for source in sources[index].sorted() { visit(source) }
                expected.append(index)
            }
            for index in 0..<count { visit(index) }
            #expect(pipeline.stages.map(\.name) == expected.map { "t\($0)" }, "round \(round)")
            for index in 0..<count {
                #expect(pipeline.sources(of: "t\(index)") == sources[index].sorted().map { "t\($0)" }, "round \(round)")
            }
        }
    }
}
