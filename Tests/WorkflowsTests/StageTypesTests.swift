import Basics
import Foundation
import Pipelines
import Testing
import Workflows

/// What a `pipeline.yaml` may say of each typed stage, and the command that it becomes.
@Suite struct StageTypesTests {
    /// Type, command, keys that it must have, keys that it may have; a key that is read ends in `<`, one that is made
    /// in `>`, one that is made outside the cache in `!`.
    private static let table: [(type: String, command: String, required: String, optional: String)] = [
        ("simulate", "hftml simulate market", "config< out>", ""),
        ("import", "hftml import yahoo", "tickers out>", "interval range baseURL"),
        ("check", "hftml check", "suite< data< report>", "market< junit!"),
        ("features", "hftml features", "spec< data< out>", "market< quality<"),
        ("train", "hftml train", "config< out>", "features< data< set experiment name repeats initial<"),
        ("ensemble", "hftml model ensemble", "models< out>", "name"),
        ("evaluate", "hftml evaluate", "model< features< strategy< out>", ""),
        ("backtest", "hftml backtest", "model< features< strategy< out>", ""),
        ("compare", "hftml compare", "a< b< out>", "strategy<"),
        ("register", "hftml models register", "run< name out>", ""),
        ("gate", "hftml gate", "version< features< strategy< out>", "environment key policy< against junit!"),
        ("promote", "hftml promote", "version< to features< strategy< key out>", "alias"),
        ("replay", "hftml-runtime replay", "environment data< out>", "from until"),
    ]

    private static func text(_ key: StageType.Key) -> String {
        switch key.role {
        case .input: "\(key.name)<"
        case .output: "\(key.name)>"
        case .uncachedOutput: "\(key.name)!"
        case .value, .assignment: key.name
        }
    }

    @Test("every type has its command, and the keys that it must and may have")
    func types() {
        #expect(StageTypes.kinds.names == Self.table.map(\.type))
        for (entry, row) in zip(StageTypes.kinds.entries, Self.table) {
            let type = entry.value
            #expect(([type.program] + type.command).joined(separator: " ") == row.command)
            #expect(type.keys.filter(\.isRequired).map(Self.text).joined(separator: " ") == row.required, "\(row.type)")
            #expect(
                type.keys.filter { !$0.isRequired }.map(Self.text).joined(separator: " ") == row.optional,
                "\(row.type)")
        }
    }

    @Test("a stage becomes one command, with what it reads and makes; a key that it lacks is named")
    func lowered() throws {
        let project = try VersionedProject()
        try project.write(
            """
            schemaVersion: 1
            stages:
              g:
                gate: {version: v.json, policy: p.yaml, features: f, strategy: s.yaml, against: m/1, out: g.json, \
            junit: g.xml}

            """, to: "a/pipeline.yaml")
        let stage = try DescribePipeline.run(project.file("a")).stages[0]
        #expect(
            stage.commands == [
                "hftml gate v.json --policy p.yaml --features f --strategy s.yaml --against m/1 --save g.json "
                    + "--junit g.xml"
            ])
        #expect(stage.dependencies == ["v.json", "p.yaml", "f", "s.yaml"] && stage.outputs == ["g.json", "g.xml"])
        try project.write("schemaVersion: 1\nstages:\n  s: {simulate: {out: bars}}\n", to: "b/pipeline.yaml")
        let error = try #require(throws: ConfigError.self) { try DescribePipeline.run(project.file("b")) }
        #expect(error.message.contains("'stages.s.simulate.config'"))
    }

    @Test("assignments may be a map; a parameter in a configuration that nothing fills in is found before the run")
    func assignments() throws {
        let project = try VersionedProject()
        func train(_ set: String) throws -> String {
            try project.write(
                "schemaVersion: 1\nstages:\n  t: {train: {config: c.yaml, features: f, set: \(set), out: m}}\n",
                to: "a/pipeline.yaml")
            try project.write("epochs: 3\n", to: "a/params.yaml")
            return try DescribePipeline.run(project.file("a")).stages[0].commands[0]
        }
        let map = try train("{training.epochs: \"${epochs}\", training: {seed: 2, sizes: [1, 2]}}")
        #expect(map.contains("--set training.epochs=3 --set training.seed=2 --set 'training.sizes=[1,2]'"), "\(map)")
        #expect(try train("[training.epochs=3]").contains("--set training.epochs=3"))
        try project.write("x", to: "a/f")
        try project.write("training:\n  epochs: ${epochs}\n", to: "a/c.yaml")
        let advice = try LintPipelines.run([project.file("a")], around: "/", environment: project.environment)
        let first = try #require(advice.first { $0.stage == "t" })
        #expect(
            first.text.contains("found '${epochs}' in 'c.yaml'")
                && first.text.contains("set: {training.epochs: ${epochs}}"))
        #expect(first.shownFile == "a/c.yaml" && first.place?.line == 2)
    }

    @Test("help lists the keys of every stage")
    func keys() throws {
        #expect(PipelineKeys.common.contains("plots") && PipelineKeys.common.contains("each"))
        #expect(PipelineKeys.types.first { $0.name == "train" }?.keys.contains("set?") == true)
    }
}
