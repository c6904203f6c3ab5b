import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// Training as of a day: what was corrected later must not be in the table.
@Suite("What was known")
struct KnownDataTests {
    private let project: VersionedProject

    /// Recorded on 4 March; a file of 1 March was corrected on 10 March.
    init() throws {
        project = try VersionedProject()
        try project.write("a1", to: "daily/2024-03-01_A.csv")
        try add(each: "{date:%Y-%m-%d}_{symbol}.csv")
        try project.commit("one", at: "2024-03-04T18:00:00Z")
    }

    @discardableResult
    private func add(each: String? = nil) throws -> String {
        let session = try project.session()
        return try AddData.run(
            [project.file("daily")], partitions: AddData.Partitions(each: each), in: session.workspace,
            registry: session.registry)[0].md5
    }

    /// What training as of a day says of a table that was made of data of some digest.
    private func check(_ asOf: String, _ md5: String, path: String = "daily") throws -> [String] {
        let session = try project.session(), registry = try session.registry()
        let features = LineageNode.features("\(md5)-\(path)", path: "features.safetensors")
        try registry.link([.rawData("md5:\(md5)", path: path)], to: features)
        return try KnownData.check(asOf, features: features, registry: registry, session: session)
    }

    @Test("a table of what was recorded by then passes, one with a later correction is refused")
    func correction() throws {
        let first = try add()
        #expect(try check("2024-03-05", first).isEmpty)
        // A day more is no correction.
        try project.write("a4", to: "daily/2024-03-04_A.csv")
        let second = try add()
        try project.commit("two", at: "2024-03-06T18:00:00Z")
        #expect(try check("2024-03-05", second).isEmpty)
        try project.write("a1 corrected", to: "daily/2024-03-01_A.csv")
        let third = try add()
        try project.commit("three", at: "2024-03-10T18:00:00Z")
        let error = #expect(throws: Failure.self) { try check("2024-03-05", third) }
        #expect(error?.code == "train.as-of" && error?.message.contains("1 file of 'daily'") == true)
        #expect(error?.hint?.contains("hftml get 'daily@as-of:2024-03-05' -o known") == true)
        #expect(try check("2024-03-11", third).isEmpty)
        // The table of before the correction is still what was known.
        #expect(try check("2024-03-05", second).isEmpty)
    }

    @Test("a table of one file of the data is held against the version of that file that was known")
    func oneFile() throws {
        try add()
        try project.write("a1 corrected", to: "daily/2024-03-01_A.csv")
        try add()
        try project.commit("two", at: "2024-03-10T18:00:00Z")
        let path = "daily/2024-03-01_A.csv"
        let old = Digest.md5(Array("a1".utf8)), new = Digest.md5(Array("a1 corrected".utf8))
        #expect(try check("2024-03-05", old, path: path).isEmpty)
        let error = #expect(throws: Failure.self) { try check("2024-03-05", new, path: path) }
        #expect(error?.code == "train.as-of" && error?.message.contains(path) == true)
        #expect(error?.hint?.contains("hftml get '\(path)@as-of:2024-03-05' -o known") == true)
        #expect(try check("2024-03-11", new, path: path).isEmpty)
    }

    @Test("where nobody can tell, that is said")
    func unknown() throws {
        try project.write("x", to: "loose/file.csv")
        #expect(try check("2024-03-05", "0123", path: "loose").first?.contains("not under version control") == true)
        let gone = String(repeating: "0", count: 32) + ".dir"
        #expect(try check("2024-03-05", gone).first?.contains("listing is not in the cache") == true)
        // A pointer that cannot be read is not the absence of one.
        try project.write("outs: [", to: "daily.dvc")
        let error = #expect(throws: Failure.self) { try check("2024-03-05", gone) }
        #expect(error?.message.contains("cannot read 'daily.dvc'") == true)
    }
}
