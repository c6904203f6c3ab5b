import Basics
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing

/// What runs, why, and what is had from the cache instead.
@Suite struct RunnerTests {
    private func events(
        _ directory: TemporaryDirectory, _ change: (inout PipelineRunner.Options) -> Void = { _ in }
    ) throws -> [String] { try PipelineTests.events(directory, change) }

    static let two = """
        stages:
          a: {run: "echo ${n} $(cat in) > x", deps: [in], outs: [x]}
          b: {run: cat x > y, deps: [x], outs: [y]}
        """

    @Test("a stage says why it runs: command, input, parameter, output; and what only might run")
    func reasons() throws {
        let directory = try PipelineTests.project(Self.two, ["in": "1\n", "params.yaml": "n: 1\n"])
        #expect(
            try events(directory) { $0.isDryRun = true } == [
                "would run a: it has not run yet", "would run b: it has not run yet",
            ])
        #expect(
            try events(directory) == [
                "started a: it has not run yet", "finished a", "started b: it has not run yet", "finished b",
            ])
        #expect(try events(directory) == ["current a", "current b"])
        try directory.write("2\n", to: "p/in")
        let (old, new) = (Digest.md5(Array("1\n".utf8)).prefix(8), Digest.md5(Array("2\n".utf8)).prefix(8))
        #expect(
            try events(directory) { $0.isDryRun = true } == [
                "would run a: in changed (\(old) → \(new))", "might run b after a",
            ])
        try directory.write("1\n", to: "p/in")
        try directory.write("n: 2\n", to: "p/params.yaml")
        #expect(
            try events(directory) { $0.isDryRun = true }.first
                == "would run a: its command changed (1 → 2); parameter n changed (1 → 2)")
        try directory.write("n: 1\n", to: "p/params.yaml")
        try directory.write("spoilt", to: "p/y")
        #expect(try events(directory) { $0.isDryRun = true } == ["current a", "would restore b"])
        try Paths.remove(directory.file("p/y"))
        #expect(try events(directory) == ["current a", "restored b"])
        #expect(
            try events(directory) {
                $0.isForced = true; $0.onlyStage = "b"
            } == ["started b: it was forced", "finished b"])
        #expect(try events(directory) { $0.downstreamOf = "b" } == ["current b"])
        let unknown = try #require(throws: Failure.self) { try events(directory) { $0.onlyStage = "bb" } }
        #expect(
            unknown.code == "pipeline.no-stage" && unknown.hint == "did you mean 'b'?" && unknown.exitStatus == .usage)
        try Paths.remove(directory.file("p/in"))
        #expect(try events(directory).first == "failed a: found no dependency 'in'")
    }

    @Test("a file of parameters that is not there is not recorded as an empty one")
    func missingParameterFile() throws {
        let directory = try PipelineTests.project("", [:])
        try Paths.remove(directory.file("p/pipeline.yaml"))
        try directory.write("stages:\n  a: {cmd: echo 1 > x, params: [in9.yaml: ], outs: [x]}\n", to: "p/dvc.yaml")
        #expect(try events(directory).first == "failed a: found no parameter file 'in9.yaml'")
        #expect(!Paths.exists(directory.file("p/dvc.lock")))
        try directory.write("k: 1\n", to: "p/in9.yaml")
        #expect(try events(directory).contains("finished a"))
    }

    @Test("a run that was made before is taken from the run cache, unless that is not wanted")
    func runCache() throws {
        let directory = try PipelineTests.project(Self.two, ["in": "1\n", "params.yaml": "n: 1\n"])
        _ = try events(directory)
        let lock = try FileChunks.text(directory.file("p/dvc.lock"))
        for name in ["dvc.lock", "x", "y"] { try Paths.remove(directory.file("p/\(name)")) }
        #expect(try events(directory) { $0.isDryRun = true }.first == "would restore a")
        #expect(try events(directory) == ["restored a from a run", "restored b from a run"])
        #expect(
            try FileChunks.text(directory.file("p/dvc.lock")) == lock
                && FileChunks.text(directory.file("p/y")) == "1 1\n")
        try Paths.remove(directory.file("p/dvc.lock"))
        #expect(try events(directory) { $0.usesRunCache = false }.filter { $0.hasPrefix("started") }.count == 2)
        // With other outputs of the same name it is not this run.
        try directory.write("n: 3\n", to: "p/params.yaml")
        #expect(try events(directory).contains("finished a"))
        // A run whose output is lost is none.
        try directory.write("n: 1\n", to: "p/params.yaml")
        try Paths.remove(directory.file(".dvc/cache/files/md5"))
        #expect(try events(directory).contains("finished a"))
    }

    @Test("frozen stages stay, stages that always run run, a callback has no lock of its own to be current by")
    func kinds() throws {
        let yaml = """
            stages:
              still: {run: cat in > a, deps: [in], outs: [a]}
              ever: {run: cat in > b, deps: [in], outs: [b], always: true}
              call: {run: echo x >> log}
            """
        let frozen = yaml.replacing("[a]}", with: "[a], frozen: true}")
        let directory = try PipelineTests.project(frozen, ["in": "1\n"])
        #expect(try events(directory).first == "frozen still: it has not run yet")
        try directory.write(yaml, to: "p/pipeline.yaml")
        _ = try events(directory)
        try directory.write(frozen, to: "p/pipeline.yaml")
        try directory.write("2\n", to: "p/in")
        #expect(
            try events(directory).sorted() == [
                "current still", "finished call", "finished ever", "started call: it always runs",
                "started ever: it always runs; in changed (b026324c → 26ab0db9)",
            ])
        #expect(try FileChunks.text(directory.file("p/log")) == "x\nx\nx\n")
        #expect(try FileChunks.text(directory.file("p/a")) == "1\n" && FileChunks.text(directory.file("p/b")) == "2\n")
    }

    @Test("shared resources: a stage that could never run is refused; more jobs than places wait")
    func resources() throws {
        let yaml = """
            stages:
              a: {run: sh work.sh a, outs: [a], deps: [in], uses: {gpu: 1}}
              b: {run: sh work.sh b, outs: [b], deps: [in], uses: {gpu: 1}}
              c: {run: sh work.sh c, outs: [c], deps: [in], uses: {gpu: 1}}
            """
        // Fails where another one is under way.
        let work = "mkdir busy || exit 9\necho $1 > $1\nrmdir busy\n"
        let directory = try PipelineTests.project(yaml, ["in": "1", "work.sh": work])
        let run = try events(directory) { $0.resources = Resources(jobs: 3) }
        #expect(
            run.filter { $0.hasPrefix("finished") }.count == 3 && !run.contains { $0.hasPrefix("failed") }, "\(run)")
        try directory.write(yaml.replacing("gpu: 1", with: "gpu: 3"), to: "p/pipeline.yaml")
        let error = try #require(throws: ConfigError.self) {
            try events(directory) { $0.resources = Resources(jobs: 3, capacities: ["gpu": 2]) }
        }
        #expect(error.code == "pipeline.resources" && error.message.contains("gpu: 3, expected at most 2"), "\(error)")
    }

    @Test("a stage runs once per file: what is new or changed, in a lock of a line each; what is gone goes")
    func partitions() throws {
        let directory = try PipelineTests.project(
            """
            stages:
              each:
                run: tr a-z A-Z < ${each.path} > out/${each.stem}.txt
                each: raw/*.csv
                outs: ["out/${each.stem}.txt"]
              all: {run: cat out/*.txt > sum, deps: [out], outs: [sum]}
            """, ["raw/a.csv": "one\n", "raw/it's b.csv": "two\n", "raw/skip.txt": "no\n"])
        #expect(
            try events(directory) { $0.isDryRun = true }
                == [
                    "would run each: 2 of 2 partitions are new or changed: a, it's b",
                    "would run all: it has not run yet",
                ])
        let first = try events(directory)
        #expect(first.filter { $0.hasPrefix("partition") } == ["partition each 1/2", "partition each 2/2"])
        #expect(try FileChunks.text(directory.file("p/sum")) == "ONE\nTWO\n")
        let lines = try FileChunks.text(directory.file("p/partitions.lock")).split(separator: "\n").dropFirst()
        let fields = lines.map { $0.split(separator: "\t").map(String.init) }
        #expect(
            fields.map { [$0[0], $0[1], $0[2], $0[4], $0[5]] } == [
                ["each", "raw/a.csv", Digest.md5(Array("one\n".utf8)), Digest.md5(Array("ONE\n".utf8)), "."],
                ["each", "raw/it's b.csv", Digest.md5(Array("two\n".utf8)), Digest.md5(Array("TWO\n".utf8)), "."],
            ])
        #expect(try events(directory) == ["current each", "current all"])
        try directory.write("three\n", to: "p/raw/a.csv")
        try directory.write("four\n", to: "p/raw/c.csv")
        try Paths.remove(directory.file("p/raw/it's b.csv"))
        #expect(try events(directory).contains("started each: 2 of 2 partitions are new or changed, 1 is gone"))
        #expect(try Paths.entries(directory.file("p/out")) == ["a.txt", "c.txt"])
        #expect(try FileChunks.text(directory.file("p/sum")) == "THREE\nFOUR\n")
        // An output that was lost comes back from the cache; a torn line of a killed run is passed over.
        try Paths.remove(directory.file("p/out/a.txt"))
        let lock = directory.file("p/partitions.lock"), text = try FileChunks.text(lock)
        try AtomicFile.write(text.replacing("\n", with: "\r\n") + "each\traw/x", to: lock)
        let again = try events(directory)
        #expect(!again.contains { $0.hasPrefix("partition") }, "\(again)")
        #expect(try FileChunks.text(directory.file("p/out/a.txt")) == "THREE\n")
    }

    @Test("a pattern with fields gives each file its key, tickers with dots whole")
    func typedPartitions() throws {
        let directory = try PipelineTests.project(
            """
            stages:
              each:
                run: cp ${each.path} out/${each.symbol}/${each.date}.csv
                each: raw/{date:%Y%m%d}_{symbol}.csv
                outs: ["out/${each.symbol}/${each.date}.csv"]
            """, ["raw/20240301_BRK.B.csv": "b\n", "raw/20240229_0700.HK.csv": "h\n", "raw/readme.txt": "no\n"])
        #expect(try events(directory).contains("started each: 2 of 2 partitions are new or changed"))
        #expect(try FileChunks.text(directory.file("p/out/BRK.B/2024-03-01.csv")) == "b\n")
        #expect(try FileChunks.text(directory.file("p/out/0700.HK/2024-02-29.csv")) == "h\n")
        try directory.write("x\n", to: "p/raw/20230229_X.csv")
        #expect(try #require(throws: Failure.self) { try events(directory) }.code == "partition.name")
    }

    @Test("a partition that fails leaves the others done; the next run does only what is left")
    func failedPartition() throws {
        let directory = try PipelineTests.project(
            """
            stages:
              each:
                run: grep -v bad ${each.path} > out/${each.stem}.txt
                each: raw/*.csv
                outs: ["out/${each.stem}.txt"]
            """, ["raw/a.csv": "1\n", "raw/b.csv": "bad\n", "raw/c.csv": "3\n"])
        let first = try events(directory)
        #expect(first.contains("failed each: status 1") && first.last == "error each")
        try directory.write("2\n", to: "p/raw/b.csv")
        let second = try events(directory)
        #expect(second.contains { $0.hasPrefix("started each: ") && !$0.contains("3 of 3") }, "\(second)")
        #expect(try Paths.entries(directory.file("p/out")) == ["a.txt", "b.txt", "c.txt"])
    }

    @Test("what a command leaves running and writing does not hold its stage; a line without an end is cut")
    func leftovers() throws {
        // The loop writes more often than anybody looks, and ends by itself after a minute at the latest.
        let work = """
            (for i in $(seq 6000); do echo $i; sleep 0.01; done) &
            head -c 300000 /dev/zero | tr '\\0' x
            echo
            echo made > a

            """
        let directory = try PipelineTests.project("stages:\n  a: {run: sh work.sh, outs: [a]}\n", ["work.sh": work])
        let started = Clock.monotonic()
        var lines: [String] = []
        _ = try PipelineRunner(
            try Pipeline(directory.file("p"), types: StageType.kinds([])),
            workspace: Workspace(root: directory.path, environment: [:]), makeData: { _, _, _ in false },
            report: { if case .output(let line) = $0 { lines.append(line) } }
        ).run()
        #expect(Double(Clock.monotonic() - started) * 1e-9 < 20)
        #expect(try FileChunks.text(directory.file("p/a")) == "made\n")
        let longest = lines.map(\.utf8.count).max() ?? 0
        #expect((1000..<70_000).contains(longest), "\(longest)")
        #expect(Paths.size(directory.file(".dvc/tmp/hftml-logs/p-a.log")) ?? 0 >= 300_000)
        // The loop has the stage's lock as its input, and must not outlive the test.
        for name in try Paths.entries("/proc") {
            guard let process = Int32(name),
                let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd"),
                link == Paths.resolved(directory.file("p"))
            else { continue }
            kill(process, SIGKILL)
        }
    }
}
