import Basics
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing
import Workflows

/// `--where` means partitions by their keys, and nothing else is looked at, moved or written.
@Suite("Some partitions of a directory")
struct PartitionSelectionTests {
    private let project: VersionedProject
    private static let names = [
        "2024-02-28_BRK.B.csv", "2024-02-29_BRK.B.csv", "2024-03-01_0700.HK.csv", "2024-03-01_BRK.B.csv",
        "2024-04-01_BRK.B.csv",
    ]

    /// Five partitions, pushed; neither cache nor workspace has them.
    init() throws {
        project = try VersionedProject()
        for name in PartitionSelectionTests.names { try project.write("of \(name)\n", to: "daily/\(name)") }
        try project.write("other\n", to: "other/file")
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        let session = try project.session()
        _ = try AddData.run(
            [project.file("daily")],
            partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{symbol}.csv", closedBefore: "2024-03-01"),
            in: session.workspace, registry: session.registry)
        _ = try AddData.run([project.file("other")], in: session.workspace)
        try project.commit("one")
        _ = try TransferData.push(.init(), in: session.workspace)
    }

    private func standing(_ directory: String = "daily") throws -> [String] {
        Paths.isDirectory(project.file(directory)) ? try Paths.files(below: project.file(directory)).sorted() : []
    }

    private func pull(_ conditions: String..., targets: [String] = []) throws -> TransferData.Pulled {
        var request = TransferData.Request(targets: targets.map { project.file($0) })
        request.conditions = conditions
        return try TransferData.pull(request, in: try project.session().workspace)
    }

    private func emptied() throws {
        try project.emptyCache()
        try project.remove("daily")
        try project.remove("other")
    }

    private func add(_ partitions: AddData.Partitions) throws -> String {
        let session = try project.session()
        return try AddData.run(
            [project.file("daily")], partitions: partitions, in: session.workspace, registry: session.registry)[0].md5
    }

    @Test("a pull brings the partitions of the keys, their listing, and nothing else")
    func pull() throws {
        try emptied()
        let pulled = try pull("date=2024-03", "symbol=BRK.B")
        #expect(pulled.fetched == 2 && pulled.checkout.problems.isEmpty)
        #expect(try standing() == ["2024-03-01_BRK.B.csv"] && standing("other").isEmpty)
        #expect(try project.read("daily/2024-03-01_BRK.B.csv") == "of 2024-03-01_BRK.B.csv\n")
        // Once more does nothing; more days come beside those that stand there.
        let again = try pull("date=2024-03", "symbol=BRK.B")
        #expect(again.fetched == 0 && again.checkout.changes.isEmpty)
        #expect(try pull("date<2024-03", targets: ["daily"]).fetched == 2)
        #expect(try standing() == [0, 1, 3].map { PartitionSelectionTests.names[$0] })
    }

    @Test("a filter that means nothing, an unknown field and data without partitions are refused")
    func refusals() throws {
        try emptied()
        _ = try pull("date=2024-03")
        func code(_ body: () throws -> TransferData.Pulled) -> String? {
            do {
                let pulled = try body()
                return pulled.checkout.failure?.code
            } catch { return (error as? Failure)?.code }
        }
        #expect(code { try pull("date>=2030") } == "partition.none")
        #expect(code { try pull("day>=2024") } == "partition.filter")
        #expect(code { try pull("date=2024-03", targets: ["other"]) } == "partition.pattern")
    }

    @Test("a checkout leaves what it does not mean: edits, lacking and unknown files")
    func checkout() throws {
        try project.write("edited", to: "daily/2024-02-28_BRK.B.csv")
        try project.remove("daily/2024-04-01_BRK.B.csv")
        try project.remove("daily/2024-03-01_BRK.B.csv")
        try project.write("notes", to: "daily/notes.txt")
        func run(_ condition: String, isForced: Bool = false) throws -> CheckoutData.Outcome {
            try CheckoutData.run(
                [project.file("daily")], conditions: [condition], isForced: isForced,
                in: try project.session().workspace)
        }
        let outcome = try run("date=2024-03", isForced: true)
        #expect(outcome.problems.isEmpty && outcome.changes.count == 1)
        #expect(try project.read("daily/2024-03-01_BRK.B.csv") == "of 2024-03-01_BRK.B.csv\n")
        #expect(try project.read("daily/2024-02-28_BRK.B.csv") == "edited" && project.exists("daily/notes.txt"))
        #expect(!project.exists("daily/2024-04-01_BRK.B.csv"))
        #expect(try run("date=2024-03").changes.isEmpty)
        #expect(try run("date=2024-02").failure?.code == "data.would-lose")
    }

    @Test("beside a part of the data a day is added; what was left out of the workspace stays on record")
    func addition() throws {
        try emptied()
        _ = try pull("date>=2024-04")
        try project.write("new", to: "daily/2024-04-02_BRK.B.csv")
        let missing = #expect(throws: Failure.self) { try add(.init()) }
        #expect(missing?.code == "partition.missing" && missing?.message.contains("4 of the 5") == true)
        let md5 = try add(.init(conditions: ["date>=2024-04"]))
        let pointer = try project.read("daily.dvc")
        #expect(pointer.contains(md5) && pointer.contains("nfiles: 6"))
        // "of NAME\n" of the five, and "new".
        let bytes = PartitionSelectionTests.names.map { $0.utf8.count + 4 }.reduce(3, +)
        #expect(pointer.contains("size: \(bytes)"))
        _ = try pull("date<2024-04")
        #expect(try standing() == PartitionSelectionTests.names + ["2024-04-02_BRK.B.csv"])
        // The same as if all of it had stood there.
        #expect(try add(.init()) == md5)
        // A day that goes needs a reason, whether it is closed or not.
        try project.remove("daily/2024-04-02_BRK.B.csv")
        #expect(#expect(throws: Failure.self) { try add(.init()) }?.code == "partition.missing")
        _ = try add(.init(revise: "delivered by mistake"))
        #expect(try project.read("daily.dvc").contains("nfiles: 5"))
    }

    @Test("a dry run says what would be recorded of the partitions, and stores nothing")
    func plan() throws {
        try emptied()
        _ = try pull("date>=2024-04")
        try project.write("new", to: "daily/2024-04-02_BRK.B.csv")
        let before = try Paths.files(below: project.file(".dvc/cache")).sorted()
        let order = AddData.Partitions(conditions: ["date>=2024-04"])
        let planned = try AddData.plan([project.file("daily")], partitions: order, in: try project.session().workspace)
        #expect(try Paths.files(below: project.file(".dvc/cache")).sorted() == before)
        #expect(planned.map(\.files) == [6])
        #expect(try add(order) == planned[0].md5)
        let none = #expect(throws: Failure.self) {
            try AddData.plan(
                [project.file("daily")], partitions: .init(conditions: ["date>2030"]),
                in: try project.session().workspace)
        }
        #expect(none?.code == "partition.none")
    }

    @Test("a size that nobody can know is left out; a closed day that is not in the cache is told of as such")
    func unknownSize() throws {
        try emptied()
        _ = try pull("date>=2024-04")
        try project.write("corrected", to: "daily/2024-02-28_BRK.B.csv")
        let closed = #expect(throws: Failure.self) { try add(.init(conditions: ["date=2024-02-28"])) }
        #expect(closed?.code == "partition.closed")
        try project.write("open", to: "daily/2024-03-01_0700.HK.csv")
        _ = try add(.init(conditions: ["date=2024-03-01", "symbol=0700.HK"]))
        let pointer = try project.read("daily.dvc")
        #expect(pointer.contains("nfiles: 5") && !pointer.contains("size:"))
        // Once all of it is here, it is known again.
        try project.remove("daily/2024-02-28_BRK.B.csv")
        _ = try pull("symbol=BRK.B")
        try project.write("open again", to: "daily/2024-04-01_BRK.B.csv")
        _ = try add(.init(conditions: ["date>=2024-04"]))
        let bytes = [0, 1, 3].map { PartitionSelectionTests.names[$0].utf8.count + 4 }.reduce(14, +)
        #expect(try project.read("daily.dvc").contains("size: \(bytes)"))
    }

    @Test("an empty directory that was recorded stays on record beside some partitions")
    func emptyDirectories() throws {
        // Until the files are old enough for the state to believe their times: then nothing but the new directory
        // tells the difference.
        let begun = Clock.monotonic()
        while Clock.monotonic() - begun < 50_000_000 { _ = try add(.init()) }
        try Paths.makeDirectory(project.file("daily/none"))
        _ = try add(.init())
        #expect(try project.read("daily.dvc").contains("- none"))
        try emptied()
        _ = try pull("date>=2024-04")
        try project.write("new", to: "daily/2024-04-02_BRK.B.csv")
        _ = try add(.init(conditions: ["date>=2024-04"]))
        #expect(try project.read("daily.dvc").contains("- none"))
    }

    @Test("what nobody named and has no such field is passed over, unless nothing has it")
    func otherFields() throws {
        try project.write("x", to: "monthly/2024-03.csv")
        let session = try project.session()
        _ = try AddData.run(
            [project.file("monthly")], partitions: AddData.Partitions(each: "{month:%Y-%m}.csv"),
            in: session.workspace, registry: session.registry)
        _ = try TransferData.push(.init(), in: session.workspace)
        try emptied()
        #expect(try pull("date=2024-03-01").fetched == 3)
        #expect(try standing() == [2, 3].map { PartitionSelectionTests.names[$0] })
        #expect(#expect(throws: Failure.self) { try pull("day=2024-03-01") }?.code == "partition.filter")
        let named = #expect(throws: Failure.self) { try pull("date=2024-03-01", targets: ["monthly"]) }
        #expect(named?.code == "partition.filter")
    }

    @Test("an open day that only a filter reaches is recorded; a closed one still needs a reason")
    func closed() throws {
        try project.write("corrected", to: "daily/2024-02-28_BRK.B.csv")
        let error = #expect(throws: Failure.self) { try add(.init(conditions: ["date=2024-02"])) }
        #expect(error?.code == "partition.closed")
        // What the filter does not mean is not recorded.
        let before = try project.read("daily.dvc")
        _ = try add(.init(conditions: ["date>=2024-03"]))
        #expect(try project.read("daily.dvc") == before)
    }

    // MARK: Pipelines

    /// `clean` copies each file, `sum` copies each of those, `count` counts them all.
    private func pipeline() throws {
        try project.write(
            """
            schemaVersion: 1
            stages:
              clean:
                each: daily/{date:%Y-%m-%d}_{symbol}.csv
                run: cp ${each.path} clean/${each.date}_${each.symbol}.csv
                outs: ["clean/${each.date}_${each.symbol}.csv"]
              sum:
                each: clean/{date:%Y-%m-%d}_{symbol}.csv
                run: cp ${each.path} sum/${each.date}_${each.symbol}.csv
                outs: ["sum/${each.date}_${each.symbol}.csv"]
              count: {run: ls sum | wc -l > count.txt, deps: [sum], outs: [count.txt]}

            """, to: "pipeline.yaml")
    }

    private func repro(_ conditions: [String]) throws -> ReproducePipelines.Reproduced {
        var request = ReproducePipelines.Request(
            [.init(typed: ".", path: project.root)], environment: project.environment)
        request.conditions = conditions
        let outcome = try ReproducePipelines.run(request) { _ in }
        if let failure = outcome.failure { throw failure }
        return try #require(outcome.pipelines.first)
    }

    @Test("repro runs the partitions of the keys along the chain, and leaves out what reads all of them")
    func chain() throws {
        try pipeline()
        let part = try repro(["date=2024-03"])
        #expect(part.inPart.map(\.stage) == ["clean", "sum"] && part.inPart.first?.left == 3)
        #expect(part.leftOut == ["count"] && !project.exists("count.txt"))
        #expect(try standing("sum") == ["2024-03-01_0700.HK.csv", "2024-03-01_BRK.B.csv"])
        #expect(!project.exists("dvc.lock"))
        let whole = try repro([])
        #expect(whole.inPart.isEmpty && whole.ran.map(\.stage) == ["clean", "sum", "count"])
        #expect(try project.read("count.txt").trimmingCharacters(in: .whitespacesAndNewlines) == "5")
        // Where nothing is left to do, a part of it is all of it.
        #expect(try repro(["date=2024-03"]).current == ["clean", "sum", "count"])
        try project.write("corrected", to: "daily/2024-03-01_BRK.B.csv")
        let corrected = try repro(["date=2024-03"])
        #expect(corrected.inPart.isEmpty && corrected.ran.map(\.stage) == ["clean", "sum", "count"])
        #expect(try project.read("sum/2024-03-01_BRK.B.csv") == "corrected")
    }

    @Test("keys that no file has, fields that no name has and stages without partitions are refused")
    func chainRefusals() throws {
        try pipeline()
        let none = #expect(throws: PipelineRunner.StageError.self) { try repro(["date>=2030"]) }
        #expect(none?.message.contains("expected at least one of 5") == true)
        #expect(#expect(throws: ConfigError.self) { try repro(["day=2024-03-01"]) }?.code == "partition.filter")
        try project.write(
            "schemaVersion: 1\nstages:\n  one: {run: cp other/file out, deps: [other], outs: [out]}\n",
            to: "pipeline.yaml")
        #expect(#expect(throws: Failure.self) { try repro(["date=2024"]) }?.code == "partition.none")
    }
}
