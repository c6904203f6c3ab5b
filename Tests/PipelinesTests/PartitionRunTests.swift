import Basics
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing

/// Stages that run once per file: what makes them run again, and what is never taken for the whole.
@Suite struct PartitionRunTests {
    private static let yaml = """
        stages:
          each:
            run: tr a-z A-Z < ${each.path} > out/${each.stem}.txt
            each: raw/*.csv
            outs: ["out/${each.stem}.txt"]

        """

    private func project(_ more: [String: String] = [:]) throws -> TemporaryDirectory {
        try PipelineTests.project(
            Self.yaml, ["raw/a1.csv": "one\n", "raw/b1.csv": "two\n"].merging(more) { $1 })
    }

    private func edit(_ directory: TemporaryDirectory, _ old: String, _ new: String) throws {
        let text = try FileChunks.text(directory.file("p/pipeline.yaml"))
        try directory.write(text.replacing(old, with: new), to: "p/pipeline.yaml")
    }

    private func outputs(_ directory: TemporaryDirectory) throws -> [String: String] {
        let names = try Paths.entries(directory.file("p/out"))
        return try Dictionary(names.map { ($0, try FileChunks.text(directory.file("p/out/\($0)"))) }) { $1 }
    }

    private func status(_ directory: TemporaryDirectory) throws -> [String] {
        let stage = try Pipeline(directory.file("p"), types: StageType.kinds([])).stages[0]
        let workspace = try Workspace(root: directory.path, environment: [:])
        var now: ExactMap<DataEntry> = [:]
        return try StageStatus.of(
            stage, locked: try workspace.lockFile(directory.file("p/dvc.lock"))["each"], workspace: workspace,
            parameters: [], dependencies: &now
        ).changes.map(\.text)
    }

    @Test("another command, other outputs, another pattern: status, a dry run and a run see it")
    func recipe() throws {
        let directory = try project(["raw/c2.tsv": "three\n"])
        _ = try PipelineTests.events(directory)
        #expect(try status(directory) == [] && PipelineTests.events(directory) == ["current each"])
        func expect(_ change: String, _ wanted: [String: String]) throws {
            #expect(try !status(directory).isEmpty, "\(change)")
            let planned = try PipelineTests.events(directory) { $0.isDryRun = true }
            #expect(planned.first?.hasPrefix("would run each: ") == true, "\(change): \(planned)")
            #expect(try PipelineTests.events(directory).last == "finished each", "\(change)")
            #expect(try outputs(directory) == wanted, "\(change)")
            #expect(try status(directory) == [] && PipelineTests.events(directory) == ["current each"], "\(change)")
        }
        try edit(directory, "tr a-z A-Z <", "sed s/o/0/ ")
        try expect("command", ["a1.txt": "0ne\n", "b1.txt": "tw0\n"])
        try edit(directory, "${each.stem}.txt", "${each.stem}.text")
        try expect("outputs", ["a1.text": "0ne\n", "b1.text": "tw0\n"])
        try edit(directory, "raw/*.csv", "raw/*")
        try expect("wider pattern", ["a1.text": "0ne\n", "b1.text": "tw0\n", "c2.text": "three\n"])
        try edit(directory, "raw/*", "raw/*1.csv")
        try expect("narrower pattern", ["a1.text": "0ne\n", "b1.text": "tw0\n"])
        // A lock that lost its lines says nothing of how the outputs were made.
        try Paths.remove(directory.file("p/partitions.lock"))
        try expect("no lines", ["a1.text": "0ne\n", "b1.text": "tw0\n"])
    }

    @Test("a field that the pattern reads otherwise makes the partitions anew")
    func fields() throws {
        let directory = try PipelineTests.project(
            """
            stages:
              each:
                run: echo ${each.first} > out/${each.stem}.txt
                each: raw/{first}-{second}.csv
                outs: ["out/${each.stem}.txt"]

            """, ["raw/a-b.csv": "1\n"])
        _ = try PipelineTests.events(directory)
        #expect(try outputs(directory) == ["a-b.txt": "a\n"])
        try edit(directory, "{first}-{second}", "{second}-{first}")
        #expect(try !status(directory).isEmpty)
        #expect(try PipelineTests.events(directory).last == "finished each")
        #expect(try outputs(directory) == ["a-b.txt": "b\n"])
    }

    @Test("a pattern that no file matches is refused, and nothing is removed; an empty directory is meant")
    func noMatch() throws {
        let directory = try project()
        _ = try PipelineTests.events(directory)
        let lock = try FileChunks.text(directory.file("p/partitions.lock"))
        try edit(directory, "raw/*.csv", "raw/*.cvs")
        #expect(
            try PipelineTests.events(directory).first?.hasPrefix(
                "failed each: found no file of 'raw/*.cvs', expected at least one of those below 'raw'") == true)
        #expect(try outputs(directory).count == 2)
        #expect(try FileChunks.text(directory.file("p/partitions.lock")) == lock)
        try edit(directory, "raw/*.cvs", "raw/*.csv")
        for name in ["a1", "b1"] { try Paths.remove(directory.file("p/raw/\(name).csv")) }
        #expect(try PipelineTests.events(directory).last == "finished each")
        #expect(try outputs(directory).isEmpty)
    }

    @Test(
        "what all partitions read is looked at again for each: a change ends the run, and the next one makes all anew")
    func shared() throws {
        // The second partition finds another text than the first.
        let directory = try PipelineTests.project(
            """
            stages:
              each:
                run: cat shared.txt > out/${each.stem}.txt; test ${each.stem} != a || echo new > shared.txt
                each: raw/*.csv
                deps: [shared.txt]
                outs: ["out/${each.stem}.txt"]

            """, ["raw/a.csv": "1\n", "raw/b.csv": "2\n", "shared.txt": "old\n"])
        let first = try PipelineTests.events(directory)
        #expect(
            first.contains { $0.hasPrefix("failed each: 'shared.txt', which all partitions read, changed") }, "\(first)"
        )
        #expect(!Paths.exists(directory.file("p/dvc.lock")))
        #expect(try PipelineTests.events(directory).last == "finished each")
        #expect(try outputs(directory) == ["a.txt": "new\n", "b.txt": "new\n"])
    }

    @Test("a frozen stage of partitions stays as it is")
    func frozen() throws {
        let directory = try project()
        _ = try PipelineTests.events(directory)
        try edit(directory, "    each: raw", "    frozen: true\n    each: raw")
        try edit(directory, "tr a-z A-Z <", "cat")
        try directory.write("more\n", to: "p/raw/c1.csv")
        #expect(try PipelineTests.events(directory) == ["current each"])
        #expect(try outputs(directory).count == 2)
        try Paths.remove(directory.file("p/out/a1.txt"))
        #expect(try PipelineTests.events(directory) == ["restored each"])
        #expect(try outputs(directory)["a1.txt"] == "ONE\n")
    }

    @Test("where there is no room for an output its command does not run, and the others are kept")
    func stubbornOutput() throws {
        let directory = try project(["out/b1": "a file where a directory is to be"])
        try edit(directory, "out/${each.stem}.txt", "out/${each.stem}/x.txt")
        let events = try PipelineTests.events(directory)
        #expect(
            events.contains { $0.hasPrefix("failed each: cannot make room for the outputs of 'raw/b1.csv'") },
            "\(events)")
        #expect(try FileChunks.text(directory.file("p/out/a1/x.txt")) == "ONE\n")
        try Paths.remove(directory.file("p/out/b1"))
        #expect(try PipelineTests.events(directory).filter { $0.hasPrefix("partition") } == ["partition each 1/1"])
    }

    @Test("lines that another process recorded for other stages stay")
    func otherStages() throws {
        let directory = try project(), lock = directory.file("p/partitions.lock")
        _ = try PipelineTests.events(directory)
        let foreign = "other\traw/z.csv\t\(String(repeating: "0", count: 32))\trecipe\t\t.\n"
        // While this stage runs, its command stands for the other process.
        try edit(
            directory, "run: tr",
            "run: printf '\(foreign.replacing("\t", with: "\\t").replacing("\n", with: "\\n"))' >> partitions.lock; tr"
        )
        #expect(try PipelineTests.events(directory).last == "finished each")
        let lines = try FileChunks.text(lock).split(separator: "\n").map(String.init)
        #expect(lines.filter { $0.hasPrefix("other\t") } == [String(foreign.dropLast())], "\(lines)")
        #expect(lines.count { $0.hasPrefix("each\t") } == 2)
    }
}
