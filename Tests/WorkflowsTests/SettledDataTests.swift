import Basics
import DataVersioning
import Registry
import TestSupport
import Testing
import Workflows

/// Closed days stay closed whoever changes the pointer: another tool, an editor, a removal, a merge.
@Suite("Closed days against HEAD")
struct SettledDataTests {
    private let project: VersionedProject
    private let pattern = "{date:%Y-%m-%d}_{symbol}.csv"
    private let closed = "2024-03-01_A.csv"

    /// One closed and one open day, committed.
    init() throws {
        project = try VersionedProject()
        try project.write("a1", to: "daily/\(closed)")
        try project.write("a2", to: "daily/2024-03-02_A.csv")
        try add(each: pattern, closedBefore: "2024-03-02")
        try project.commit("one")
    }

    @discardableResult
    private func add(each: String? = nil, closedBefore: String? = nil, revise: String? = nil) throws -> RecordedData {
        let session = try project.session()
        return try AddData.run(
            [project.file("daily")],
            partitions: AddData.Partitions(each: each, closedBefore: closedBefore, revise: revise),
            in: session.workspace, registry: session.registry)[0]
    }

    private func refusal(_ body: () throws -> Void) throws -> Failure {
        let error = try #require(throws: Failure.self) { try body() }
        #expect(error.code == "partition.closed", "\(error)")
        return error
    }

    private func status() throws -> String { try WorkspaceStatus.run(in: try project.session().workspace).text }
    private func commit() throws { _ = try CommitData.run(in: try project.session().workspace) }

    /// Records what stands there as DVC does: content and sizes change, all other words of the pointer stay.
    private func addAsAnotherTool() throws {
        for name in try Paths.files(below: project.file("daily")) {
            try project.write(try project.read("daily/\(name)"), to: "twin/\(name)")
        }
        let workspace = try project.session().workspace
        _ = try AddData.run([project.file("twin")], in: workspace)
        let twin = try workspace.pointer(named: project.file("twin")).entry
        var pointer = try workspace.pointer(named: project.file("daily"))
        pointer.entry = pointer.entry.holding(twin)
        try pointer.write()
        try project.remove("twin")
        try project.remove("twin.dvc")
    }

    @Test("what another tool records of closed days needs a reason, which is asked for and said")
    func otherTool() throws {
        #expect(try status().isEmpty)
        try project.write("evil", to: "daily/\(closed)")
        try addAsAnotherTool()
        #expect(try status().contains("closed days changed without a reason: \(closed)"))
        #expect(try refusal { try add() }.message.contains("\(closed) (changed)"))
        _ = try refusal { try commit() }
        try add(revise: "vendor correction")
        let entry = try #require(try project.session().registry().auditEntries().last)
        #expect(entry.action == "revise-data" && entry.detail.contains("changed \(closed)"))
        // The reason is on record: nobody is asked again, before the commit or after it.
        #expect(try status().isEmpty)
        try add()
        try commit()
        try project.write("a3", to: "daily/2024-03-03_A.csv")
        try add()
        #expect(try status().isEmpty)
        try project.commit("two")
        try add()
        #expect(try status().isEmpty)
        // It is a reason for that content and for no other.
        try project.write("worse", to: "daily/\(closed)")
        try addAsAnotherTool()
        #expect(try status().contains("closed days changed without a reason"))
        _ = try refusal { try add() }
    }

    @Test("open days that another tool records are nobody's concern")
    func openDays() throws {
        try project.write("a2 again", to: "daily/2024-03-02_A.csv")
        try addAsAnotherTool()
        #expect(try status().isEmpty)
        try add()
        try commit()
    }

    @Test(
        "the rule goes for a reason only, by removal or by an editor",
        arguments: ["removed", "gone", "edited", "later"])
    func rule(_ way: String) throws {
        switch way {
        case "removed":
            let session = try project.session()
            _ = try RemoveData.run([project.file("daily")], in: session.workspace, registry: session.registry)
        case "gone": try project.remove("daily.dvc")
        case "later":
            try project.write(
                try project.read("daily.dvc").replacing("2024-03-02'", with: "2024-01-02'"), to: "daily.dvc")
        default:
            let lines = try project.read("daily.dvc").split(separator: "\n")
            try project.write(
                lines.filter { !$0.contains("closedBefore") }.joined(separator: "\n") + "\n", to: "daily.dvc")
        }
        if way == "edited" || way == "later" { #expect(try status().contains("closed days opened without a reason")) }
        let error = try refusal { try add() }
        #expect(error.hint?.contains("--each '\(pattern)' --closed-before 2024-03-02") == true)
        try project.write("evil", to: "daily/\(closed)")
        // With the rule the change is seen, and nothing is recorded.
        _ = try refusal { try add(each: pattern, closedBefore: "2024-03-02") }
        try project.write("a1", to: "daily/\(closed)")
        try add(each: pattern, closedBefore: "2024-03-02")
        #expect(try status().isEmpty)
    }

    @Test("the rule is dropped on record")
    func dropped() throws {
        try project.remove("daily.dvc")
        try project.write("other", to: "daily/\(closed)")
        try add(revise: "no longer bought")
        let detail = try #require(try project.session().registry().auditEntries().last).detail
        #expect(detail.contains("no longer bought") && detail.contains("closed before 2024-03-02"))
        #expect(detail.contains("changed \(closed)"))
        #expect(try status().isEmpty && !project.read("daily.dvc").contains("partitions"))
        try add()
    }

    // MARK: Merges

    /// Both sides of a merge: each makes its change and records it.
    private func merge(_ base: String, _ ours: () throws -> Void, _ theirs: () throws -> Void) throws -> String {
        func side(_ change: () throws -> Void) throws -> String {
            try project.write(base, to: "daily.dvc")
            try project.remove("daily")
            _ = try CheckoutData.run([], in: try project.session().workspace)
            try change()
            let text = try project.read("daily.dvc")
            try project.write(base, to: "daily.dvc")
            return text
        }
        return try MergeDriver(try project.session().workspace).merge(
            base: base, ours: try side(ours), theirs: try side(theirs), path: "daily.dvc"
        ).text
    }

    @Test("a side that closes days meets one that changed them", arguments: [true, false])
    func mergedClosing(_ isSwapped: Bool) throws {
        try project.remove("daily.dvc")
        try add(each: pattern, revise: "begins anew")
        try project.commit("open")
        let base = try project.read("daily.dvc")
        func change(_ name: String) throws {
            try project.write("evil", to: "daily/\(name)")
            try add()
        }
        func merge(_ name: String) throws -> String {
            if isSwapped { return try self.merge(base, { try add(closedBefore: "2024-03-02") }, { try change(name) }) }
            return try self.merge(base, { try change(name) }, { try add(closedBefore: "2024-03-02") })
        }
        let error = try #require(throws: Failure.self) { try merge(closed) }
        #expect(error.code == "merge.conflict" && error.message.contains("\(closed) (changed)"), "\(error)")
        let added = try #require(throws: Failure.self) { try merge("2024-02-28_B.csv") }
        #expect(added.message.contains("2024-02-28_B.csv (added)"), "\(added)")
        let open = try merge("2024-03-02_A.csv")
        #expect(open.contains("closedBefore: '2024-03-02'") && open != base)
    }

    @Test("a revision with its reason merges with new days; a change without one does not")
    func mergedRevision() throws {
        let base = try project.read("daily.dvc")
        func addDay() throws {
            try project.write("a3", to: "daily/2024-03-03_A.csv")
            try add()
        }
        let merged = try merge(
            base,
            {
                try project.write("corrected", to: "daily/\(closed)")
                try add(revise: "vendor correction")
            }, addDay)
        #expect(merged.contains("nfiles: 3") && merged.contains("revised:"))
        let error = try #require(throws: Failure.self) {
            try merge(
                base, addDay,
                {
                    try project.write("evil", to: "daily/\(closed)")
                    try addAsAnotherTool()
                })
        }
        #expect(error.code == "merge.conflict" && error.message.contains("\(closed) (changed)"), "\(error)")
    }

    @Test("a reason is one for the content that it was given for, in a merge as well")
    func mergedAfterRevision() throws {
        try project.write("b1", to: "daily/2024-03-01_B.csv")
        try add(revise: "another symbol")
        try project.commit("two")
        let base = try project.read("daily.dvc")
        func addDay() throws {
            try project.write("a3", to: "daily/2024-03-03_A.csv")
            try add()
        }
        func revise() throws {
            try project.write("corrected", to: "daily/\(closed)")
            try add(revise: "vendor correction")
            try project.write("a4", to: "daily/2024-03-04_A.csv")
            try add()
        }
        #expect(try merge(base, addDay, revise).contains("nfiles: 5"))
        let error = try #require(throws: Failure.self) {
            try merge(base, addDay) {
                try revise()
                try project.write("evil", to: "daily/2024-03-01_B.csv")
                try addAsAnotherTool()
            }
        }
        #expect(error.code == "merge.conflict" && error.message.contains("2024-03-01_B.csv (changed)"), "\(error)")
        #expect(!error.message.contains(closed), "\(error)")
    }

    // MARK: Another name

    /// Records a directory under another name.
    private func addElsewhere(each: String? = nil, closedBefore: String? = nil, revise: String? = nil) throws {
        let session = try project.session()
        _ = try AddData.run(
            [project.file("later")],
            partitions: AddData.Partitions(each: each, closedBefore: closedBefore, revise: revise),
            in: session.workspace, registry: session.registry)
    }

    @Test("days stay closed in data that was moved, whatever another tool records of them there")
    func moved() throws {
        let workspace = try project.session().workspace
        _ = try workspace.move(try workspace.pointer(named: project.file("daily")), to: project.file("later"))
        #expect(try status().isEmpty)
        try addElsewhere()
        try project.write("evil", to: "later/\(closed)")
        var pointer = try project.session().workspace.pointer(named: project.file("later"))
        let evil = try project.session().workspace.ingest(project.file("later"), shownAs: "later")
        pointer.entry = pointer.entry.holding(try #require(evil))
        try pointer.write()
        #expect(try status().contains("closed days changed without a reason: \(closed)"))
        let error = try refusal { try addElsewhere() }
        #expect(error.message.contains("\(closed) (changed)"))
        #expect(error.hint?.contains("git checkout HEAD -- 'daily.dvc'") == true, "\(error)")
        try addElsewhere(revise: "vendor correction")
        #expect(try status().isEmpty)
        try addElsewhere()
        try project.commit("moved")
        try addElsewhere()
    }

    @Test("taken out and recorded under another name, the rule stays or goes on record")
    func recordedElsewhere() throws {
        try project.remove("daily.dvc")
        for name in try Paths.files(below: project.file("daily")) {
            try project.write(try project.read("daily/\(name)"), to: "later/\(name)")
        }
        try project.remove("daily")
        let error = try refusal { try addElsewhere() }
        #expect(
            error.message.contains("at HEAD by 'daily.dvc'") && !Paths.exists(project.file("later.dvc")), "\(error)")
        try project.write("evil", to: "later/\(closed)")
        _ = try refusal { try addElsewhere(each: pattern, closedBefore: "2024-03-02") }
        try addElsewhere(revise: "no bars any more")
        #expect(try project.session().registry().auditEntries().last?.action == "revise-data")
    }

    @Test("other data beside it is nobody's concern")
    func otherData() throws {
        try project.remove("daily.dvc")
        for day in 1...3 { try project.write("other \(day)", to: "later/2024-03-0\(day)_A.csv") }
        try addElsewhere(each: pattern)
        let error = try #require(throws: Failure.self) {
            let session = try project.session()
            try project.write("x", to: "plain/x")
            _ = try AddData.run(
                [project.file("plain")], partitions: AddData.Partitions(revise: "why"), in: session.workspace,
                registry: session.registry)
        }
        #expect(error.code == "partition.pattern", "\(error)")
    }
}
