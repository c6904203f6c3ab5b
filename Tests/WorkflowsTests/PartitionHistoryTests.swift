import Basics
import TestSupport
import Testing
import Workflows

/// What was known on a day, whatever became of file and pointer afterwards.
@Suite("As of a day: withdrawals, renames, gaps")
struct PartitionHistoryTests {
    private let project: VersionedProject
    private let name = "2024-01-05_A.csv"

    /// One file, recorded on 10 January.
    init() throws {
        project = try VersionedProject()
        try record("original", at: "2024-01-10", each: "{date:%Y-%m-%d}_{symbol}.csv")
    }

    /// The file with this content, or without it, recorded on a day.
    private func record(
        _ text: String?, in directory: String = "d", at day: String, each: String? = nil, extra: String? = nil
    ) throws {
        if let text { try project.write(text, to: "\(directory)/\(name)") }
        if text == nil { try project.remove("\(directory)/\(name)") }
        if let extra { try project.write(extra, to: "\(directory)/\(extra)") }
        let session = try project.session()
        _ = try AddData.run(
            [project.file(directory)],
            partitions: AddData.Partitions(each: each, revise: text == nil ? "withdrawn" : nil),
            in: session.workspace, registry: session.registry)
        try commit(at: day)
    }

    private func commit(at day: String) throws { try project.commit(day, at: "\(day)T12:00:00Z") }

    private func move(_ source: String, _ target: String) throws {
        _ = try MoveData.run(project.file(source), to: project.file(target), in: try project.session().workspace)
    }

    /// The content of the file as it was known at the end of a day; nil where it is not in the answer.
    private func known(_ directory: String, _ day: String) throws -> (text: String?, known: GetData.Known) {
        let output = "known-\(directory)-\(day)"
        let known = try #require(
            try GetData.run(
                project.file(directory) + "@as-of:" + day, to: project.file(output),
                in: try project.session().workspace
            ).known)
        return (project.exists("\(output)/\(name)") ? try project.read("\(output)/\(name)") : nil, known)
    }

    @Test("a file that was withdrawn by then is not in it, whatever was delivered again later")
    func withdrawn() throws {
        try record(nil, at: "2024-02-10", extra: "2024-01-06_B.csv")
        try record("corrected", at: "2024-04-10")
        #expect(try known("d", "2024-01-20").text == "original")
        let march = try known("d", "2024-03-01")
        #expect(march.text == nil && march.known.withdrawn == 1 && march.known.recorded == 1)
        #expect(march.known.backfilled == 0)
        #expect(try known("d", "2024-04-10").text == "corrected")
        // What was never recorded by then comes in its first version, not in a later one.
        let early = try known("d", "2024-01-08")
        #expect(early.text == "original" && early.known.backfilled == 2)
    }

    @Test("a rename keeps what was recorded before it", arguments: ["move", "git", "correction", "two", "copy"])
    func renamed(_ way: String) throws {
        try record("original", at: "2024-01-11", extra: "2024-01-03_B.csv")
        try record("original", at: "2024-01-12", extra: "2024-01-04_B.csv")
        try record("corrected", at: "2024-04-10")
        switch way {
        case "git":
            try Paths.makeDirectory(project.file("new"))
            try project.git("mv", "d.dvc", "new/e.dvc")
            try project.write(try project.read("new/e.dvc").replacing("path: d", with: "path: e"), to: "new/e.dvc")
        case "copy":
            try Paths.makeDirectory(project.file("new"))
            try project.write(try project.read("d.dvc").replacing("path: d", with: "path: e"), to: "new/e.dvc")
        case "two":
            let pointer = try project.read("d.dvc")
            try project.remove("d.dvc")
            try commit(at: "2024-04-20")
            try project.write(pointer.replacing("path: d", with: "path: e"), to: "new/e.dvc")
        default: try move("d", "new/e")
        }
        if way == "correction" {
            try record("corrected again", in: "new/e", at: "2024-05-01")
        } else {
            try commit(at: "2024-05-01")
        }
        _ = try CheckoutData.run([], in: try project.session().workspace)
        let january = try known("new/e", "2024-01-20")
        #expect(january.text == "original" && january.known.recorded == 3 && january.known.revised == 1)
        #expect(january.known.doubt == nil)
        #expect(try known("new/e", "2024-04-10").text == "corrected")
        #expect(try known("new/e", "2024-05-01").text == (way == "correction" ? "corrected again" : "corrected"))
    }

    @Test("a rename that is not committed yet is followed too")
    func uncommitted() throws {
        try record("corrected", at: "2024-04-10")
        try move("d", "e")
        #expect(try known("e", "2024-01-20").text == "original")
    }

    @Test("while the pointer was not under version control, what it said last counts")
    func gap() throws {
        let pointer = try project.read("d.dvc")
        try project.remove("d.dvc")
        try commit(at: "2024-02-10")
        try project.write(pointer, to: "d.dvc")
        try record("corrected", at: "2024-04-10")
        #expect(try known("d", "2024-01-20").text == "original")
        let march = try known("d", "2024-03-01")
        #expect(march.text == "original" && march.known.recorded == 1 && march.known.revised == 1)
        #expect(try known("d", "2024-04-10").text == "corrected")
    }

    @Test("a rename that cannot be told from other data is said")
    func doubt() throws {
        try record("corrected", at: "2024-04-10")
        try move("d", "e")
        try record("all is different", in: "e", at: "2024-05-01", extra: "2024-01-07_C.csv")
        let january = try known("e", "2024-01-20")
        #expect(january.known.doubt?.contains("'d.dvc'") == true && january.known.recorded == 0)
        // Data of other names that goes in the same commit is other data.
        try project.write("x", to: "f/2024-01-01_X.csv")
        let session = try project.session()
        _ = try RemoveData.run([project.file("e.dvc")], in: session.workspace)
        _ = try AddData.run(
            [project.file("f")], partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{symbol}.csv"),
            in: session.workspace, registry: session.registry)
        try commit(at: "2024-06-01")
        #expect(try known("f", "2024-05-20").known.doubt == nil)
    }

    @Test("a file under another name of the same key is the same partition")
    func sameKey() throws {
        let session = try project.session()
        func add(_ text: String, _ name: String, at day: String) throws {
            try project.remove("n")
            try project.write(text, to: "n/\(name)")
            _ = try AddData.run(
                [project.file("n")],
                partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{n:int}.csv*", revise: "packed"),
                in: session.workspace, registry: session.registry)
            try commit(at: day)
        }
        try add("one", "2024-01-05_7.csv", at: "2024-01-10")
        try add("two", "2024-01-05_007.csv.gz", at: "2024-04-10")
        let january = try known("n", "2024-01-20").known
        #expect(january.recorded == 1 && january.backfilled == 0 && january.revised == 1)
        #expect(try Paths.files(below: project.file("known-n-2024-01-20")) == ["2024-01-05_7.csv"])
    }
}
