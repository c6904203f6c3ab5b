import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// A directory of one file per day and instrument, recorded on several days.
@Suite("Data in partitions")
struct PartitionedDataTests {
    private let project: VersionedProject
    private let pattern = "{date:%Y-%m-%d}_{symbol}.csv"

    init() throws {
        project = try VersionedProject()
        try project.write("a1", to: "daily/2024-03-01_BRK.B.csv")
        try project.write("b1", to: "daily/2024-03-01_0700.HK.csv")
    }

    @discardableResult
    private func add(each: String? = nil, closedBefore: String? = nil, revise: String? = nil) throws -> RecordedData {
        let session = try project.session()
        return try AddData.run(
            [project.file("daily")],
            partitions: AddData.Partitions(each: each, closedBefore: closedBefore, revise: revise),
            in: session.workspace, registry: session.registry)[0]
    }

    private func refusal(_ code: String, _ body: () throws -> Void) throws -> Failure {
        let error = try #require(throws: Failure.self) { try body() }
        #expect(error.code == code)
        return error
    }

    @Test("a closed day changes only for a reason, which the audit log has; open days change freely")
    func closedDays() throws {
        try add(each: pattern, closedBefore: "2024-03-02")
        try project.write("a2", to: "daily/2024-03-02_BRK.B.csv")
        try add()
        try project.write("a2 again", to: "daily/2024-03-02_BRK.B.csv")
        let before = try add().md5
        try project.write("a1 corrected", to: "daily/2024-03-01_BRK.B.csv")
        try project.remove("daily/2024-03-01_0700.HK.csv")
        try project.write("c1", to: "daily/2024-02-28_C.csv")
        let error = try refusal("partition.closed") { try add() }
        #expect(error.message.contains("1 added, 1 changed, 1 removed"))
        _ = try refusal("partition.closed") {
            _ = try CommitData.run(in: try project.session().workspace)
        }
        #expect(try project.read("daily.dvc").contains(before))
        let after = try add(revise: "vendor correction 2117").md5
        let entries = try project.session().registry().auditEntries()
        let entry = try #require(entries.last)
        #expect(entries.count { $0.action == "revise-data" } == 1)
        #expect(entry.about == .data("daily") && entry.actor == "ann@desk")
        let detail = try JSONParser.parse(Array(entry.detail.utf8), file: "detail")
        #expect(detail[key: "reason"]?.stringValue == "vendor correction 2117")
        #expect(detail[key: "from"]?.stringValue == before && detail[key: "to"]?.stringValue == after)
        #expect(
            detail[key: "names"]?.listValue?.compactMap(\.stringValue) == [
                "added 2024-02-28_C.csv", "removed 2024-03-01_0700.HK.csv", "changed 2024-03-01_BRK.B.csv",
            ])
    }

    @Test("what a refused recording left in the cache is no reason to remove new days", arguments: [true, false])
    func refusedAdd(_ isCommit: Bool) throws {
        try add(each: pattern, closedBefore: "2024-03-02")
        try project.write("a1 corrected", to: "daily/2024-03-01_BRK.B.csv")
        try project.write("a2", to: "daily/2024-03-02_BRK.B.csv")
        let error = try refusal("partition.closed") {
            if isCommit { _ = try CommitData.run(in: try project.session().workspace) } else { try add() }
        }
        #expect(error.hint?.contains("hftml checkout 'daily/2024-03-01_BRK.B.csv' --force;") == true)
        func checkout(_ name: String, isForced: Bool = false) throws -> CheckoutData.Outcome {
            try CheckoutData.run([project.file(name)], isForced: isForced, in: try project.session().workspace)
        }
        #expect(try checkout("daily").failure?.code == "data.would-lose")
        #expect(try project.read("daily/2024-03-01_BRK.B.csv") == "a1 corrected")
        // What the hint says puts back the closed day and nothing else; then the new day can be recorded.
        #expect(try checkout("daily/2024-03-01_BRK.B.csv", isForced: true).failure == nil)
        #expect(try project.read("daily/2024-03-01_BRK.B.csv") == "a1")
        #expect(try checkout("daily").failure?.code == "data.would-lose")
        #expect(try project.read("daily/2024-03-02_BRK.B.csv") == "a2")
        try add()
        // What was recorded once may go, as before.
        let pointer = try project.read("daily.dvc")
        try project.write("a3", to: "daily/2024-03-03_BRK.B.csv")
        try add()
        try project.write(pointer, to: "daily.dvc")
        #expect(try checkout("daily").failure == nil && !project.exists("daily/2024-03-03_BRK.B.csv"))
    }

    @Test("an empty directory has no partitions to record")
    func empty() throws {
        try project.remove("daily")
        try Paths.makeDirectory(project.file("daily"))
        _ = try refusal("partition.none") { try add(each: pattern, closedBefore: "2024-03-02") }
        #expect(!project.exists("daily.dvc"))
    }

    @Test("that data with closed days went out of version control is on record")
    func removal() throws {
        let md5 = try add(each: pattern, closedBefore: "2024-03-02").md5
        let session = try project.session()
        _ = try RemoveData.run([project.file("daily")], isDryRun: true, in: session.workspace)
        let refused = try refusal("partition.closed") {
            _ = try RemoveData.run([project.file("daily")], in: session.workspace)
        }
        #expect(refused.message.contains("no registry") && project.exists("daily.dvc"))
        _ = try RemoveData.run([project.file("daily")], in: session.workspace, registry: session.registry)
        let entry = try #require(try session.registry().auditEntries().last)
        #expect(entry.action == "remove-data" && entry.about == .data("daily"))
        #expect(entry.detail.contains(md5) && entry.detail.contains("2024-03-02"))
    }

    @Test("the rule is tightened by anybody and loosened for a reason only")
    func rule() throws {
        try add(each: pattern, closedBefore: "2024-03-02")
        try add(closedBefore: "2024-04-01")
        _ = try refusal("partition.closed") { try add(closedBefore: "2024-03-01") }
        _ = try refusal("partition.closed") { try add(each: "{day:%Y-%m-%d}_{symbol}.csv") }
        #expect(try project.read("daily.dvc").contains("closedBefore: '2024-04-01'"))
        try add(closedBefore: "2024-03-01", revise: "closed too early")
        #expect(try project.read("daily.dvc").contains("closedBefore: '2024-03-01'"))
        #expect(
            try project.session().registry().auditEntries().last?.detail.contains("closed before 2024-04-01") == true)
    }

    @Test("a file without a key is refused, and a rule without a pattern")
    func names() throws {
        _ = try refusal("partition.pattern") { try add(closedBefore: "2024-03-02") }
        try add(each: pattern)
        try project.write("x", to: "daily/notes.txt")
        #expect(try refusal("partition.name") { try add() }.message.contains("notes.txt"))
    }

    @Test(
        "two files with one key are refused, both named, by add and by reading",
        arguments: [
            ("{s}_{n:int}.csv", "A_7.csv", "A_007.csv"),
            ("{date:%Y-%m-%d}_{s}.csv*", "2024-01-01_A.csv", "2024-01-01_A.csv.gz"),
            ("*/{date:%Y-%m-%d}.csv", "a/2024-01-01.csv", "b/2024-01-01.csv"),
        ])
    func oneKey(_ pattern: String, _ first: String, _ second: String) throws {
        let session = try project.session()
        func add(_ directory: String, _ each: String?) throws {
            _ = try AddData.run(
                [project.file(directory)], partitions: AddData.Partitions(each: each), in: session.workspace,
                registry: session.registry)
        }
        try project.write("1", to: "k/\(first)")
        try add("k", pattern)
        try project.write("2", to: "k/\(second)")
        let error = try refusal("partition.name") { try add("k", nil) }
        #expect(error.message.contains("'\(first)'") && error.message.contains("'\(second)'"), "\(error)")
        // What was recorded without a pattern, and was given one by hand, is refused where it is read.
        try project.remove("k.dvc")
        try add("k", nil)
        let plain = try project.read("k.dvc")
        try project.write(
            plain + "  meta:\n    hftml:\n      partitions:\n        pattern: '\(pattern)'\n", to: "k.dvc")
        let field = pattern.contains("{s}") ? "s" : "date", value = pattern.contains("{s}") ? "A" : "2024-01-01"
        let reading = try refusal("partition.name") {
            let outcome = try CheckoutData.run(
                [project.file("k")], conditions: ["\(field)=\(value)"], in: session.workspace)
            if let failure = outcome.failure { throw failure }
        }
        #expect(reading.message.contains("'\(first)'") && reading.message.contains("'\(second)'"), "\(reading)")
    }

    @Test("days are closed by a time, which the pattern must have")
    func closedByNothing() throws {
        try project.write("1", to: "k/A.csv")
        let session = try project.session()
        func add(_ partitions: AddData.Partitions) throws {
            _ = try AddData.run(
                [project.file("k")], partitions: partitions, in: session.workspace, registry: session.registry)
        }
        let error = try refusal("partition.pattern") {
            try add(.init(each: "{symbol}.csv", closedBefore: "2024-03-02"))
        }
        #expect(error.message.contains("found no time"))
        #expect(!project.exists("k.dvc"))
        try add(.init(each: "{symbol}.csv"))
        _ = try refusal("partition.pattern") { try add(.init(closedBefore: "2024-03-02")) }
    }

    @Test("of two times of a name each closes it; a year beside its day says nothing of its own")
    func severalTimes() throws {
        let session = try project.session()
        func add(_ directory: String, each: String? = nil, closedBefore: String? = nil) throws {
            _ = try AddData.run(
                [project.file(directory)],
                partitions: AddData.Partitions(each: each, closedBefore: closedBefore), in: session.workspace,
                registry: session.registry)
        }
        let delivered = "k/{received:%Y-%m-%d}/{date:%Y-%m-%d}.csv"
        try project.write("1", to: "t/k/2024-04-02/2024-02-28.csv")
        try project.write("1", to: "t/k/2024-04-02/2024-04-01.csv")
        try add("t", each: delivered, closedBefore: "2024-03-01")
        try project.write("2", to: "t/k/2024-04-02/2024-04-01.csv")
        try add("t")
        try project.write("2", to: "t/k/2024-04-02/2024-02-28.csv")
        #expect(try refusal("partition.closed") { try add("t") }.message.contains("1 changed"))
        try project.write("1", to: "y/2024/2024-12-30.csv")
        try add("y", each: "{year:%Y}/{date:%Y-%m-%d}.csv", closedBefore: "2024-12-30")
        try project.write("2", to: "y/2024/2024-12-30.csv")
        try add("y")
        try project.write("1", to: "y/2024/2024-12-29.csv")
        _ = try refusal("partition.closed") { try add("y") }
    }

    @Test("as of a day: what was recorded by then, first deliveries that came later, never a correction")
    func asOf() throws {
        try add(each: pattern)
        try project.commit("one", at: "2024-03-04T18:00:00Z")
        try project.write("a1 corrected", to: "daily/2024-03-01_BRK.B.csv")
        try project.write("a4", to: "daily/2024-03-04_BRK.B.csv")
        try project.write("z0", to: "daily/2024-02-29_LATE.csv")
        try add()
        // The clock of this machine is behind; what it commits is still known later than what it builds on.
        try project.commit("two", at: "2024-03-01T00:00:00Z")
        try project.write("z0 corrected", to: "daily/2024-02-29_LATE.csv")
        try project.write("a9", to: "daily/2024-03-09_BRK.B.csv")
        try add()
        try project.commit("three", at: "2024-03-10T00:00:00Z")

        func get(_ time: String, _ name: String) throws -> GetData.Known {
            let outcome = try GetData.run(
                project.file("daily") + "@as-of:" + time, to: project.file(name), in: try project.session().workspace)
            return try #require(outcome.known)
        }
        let early = try get("2024-03-03", "early")
        #expect(
            [early.recorded, early.backfilled, early.revised, early.later] == [0, 3, 2, 2] && early.commit == nil)
        #expect(try project.read("early/2024-03-01_BRK.B.csv") == "a1")
        #expect(try project.read("early/2024-02-29_LATE.csv") == "z0")
        let late = try get("2024-03-05", "late")
        #expect([late.recorded, late.backfilled, late.revised, late.later] == [4, 0, 1, 1])
        #expect(try project.read("late/2024-03-01_BRK.B.csv") == "a1 corrected")
        #expect(!project.exists("late/2024-03-09_BRK.B.csv"))
        // Of a day that is not over at nine, nothing is known.
        _ = try get("2024-03-04T09:00", "nine")
        #expect(project.exists("nine/2024-03-01_BRK.B.csv") && !project.exists("nine/2024-03-04_BRK.B.csv"))
        _ = try refusal("partition.unknown") { _ = try get("2024-01-01", "never") }
        _ = try refusal("data.reference") { _ = try get("March", "never") }
    }

    @Test("beside the parts there is DVC's listing, without which DVC throws the files away")
    func listing() throws {
        let md5 = try add(each: pattern).md5
        let object = project.file(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        #expect(try Digest.md5(file: object) + ".dir" == md5)
        // As a program before this one left it: recording a day more writes what is lacking.
        try Paths.remove(object)
        try project.write("a2", to: "daily/2024-03-02_BRK.B.csv")
        let next = try add().md5
        #expect(try Digest.md5(file: object) + ".dir" == md5)
        let part = try AddData.run(
            [project.file("daily")], partitions: AddData.Partitions(conditions: ["date=2024-03-02"]),
            in: try project.session().workspace)[0].md5
        #expect(part == next)
        #expect(Paths.exists(project.file(".dvc/cache/files/md5/\(next.prefix(2))/\(next.dropFirst(2))")))
        try Paths.remove(object)
        try Paths.remove(project.file("daily/2024-03-02_BRK.B.csv"))
        #expect(try add(revise: "delivered by mistake").md5 == md5)
        try Paths.remove(project.file("daily"))
        _ = try CheckoutData.run([], in: try project.session().workspace)
        #expect(try project.read("daily/2024-03-01_0700.HK.csv") == "b1")
        try project.write("['remote \"r\"']\n    url = ../store\n[core]\n    remote = r\n", to: ".dvc/config")
        _ = try TransferData.push(TransferData.Request(), in: try project.session().workspace)
        #expect(try Digest.md5(file: object) + ".dir" == md5)
        #expect(Paths.exists(project.file("store/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")))
    }
}
