import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// What `get` wrote is used as the data that it was taken from.
@Suite struct ExtractedSourceTests {
    private let project: VersionedProject

    /// Two days of an instrument whose names begin with the day; the first was corrected on 20 May.
    init() throws {
        project = try VersionedProject()
        try project.write("expectations: [not_null]\n", to: "suite.yaml")
        for day in ["2025-05-12", "2025-05-13"] { try write(day, close: 10) }
        try add(each: "{date:%Y-%m-%d}_{symbol}.csv")
        try project.commit("one", at: "2025-05-14T18:00:00Z")
        try write("2025-05-12", close: 11)
        try add()
        try project.commit("two", at: "2025-05-20T18:00:00Z")
    }

    private func write(_ day: String, close: Int) throws {
        let rows = (0..<6).map { "\(day) 09:\(30 + $0 * 5):00,10,11,9,\(close),100\n" }.joined()
        try project.write("datetime,open,high,low,close,volume\n" + rows, to: "Data/d/\(day)_X.csv")
    }

    private func add(each: String? = nil) throws {
        let session = try project.session()
        _ = try AddData.run(
            [project.file("Data/d")], partitions: AddData.Partitions(each: each), in: session.workspace,
            registry: session.registry)
    }

    private func get(_ reference: String, to output: String) throws -> GetData.Outcome {
        try GetData.run(project.file(reference), to: project.file(output), in: try project.session().workspace)
    }

    private func check(_ data: String) throws -> CheckReport {
        try CheckData.run(
            suite: project.file("suite.yaml"), data: [project.file(data)], market: nil, session: try project.session())
    }

    /// What training as of a day says of a table that was made of what `get` wrote.
    private func warnings(_ asOf: String, _ md5: String, at path: String) throws -> [String] {
        let session = try project.session(), registry = try session.registry()
        let features = LineageNode.features("\(md5)-\(path)", path: "features.safetensors")
        try registry.link([.rawData("md5:\(md5)", path: path)], to: features)
        return try KnownData.check(asOf, features: features, registry: registry, session: session)
    }

    @Test(
        "the instruments are those of the recorded pattern, as of a day and at a revision",
        arguments: [
            "Data/d@as-of:2025-05-15", "Data/d@HEAD~1",
        ])
    func instruments(_ reference: String) throws {
        _ = try get(reference, to: "known")
        #expect(try check("known").isPassed)
        try project.remove("known.source.json")
        #expect((#expect(throws: Failure.self) { try check("known") })?.code == "data.instrument-name")
    }

    @Test("training as of the day knows that it is what was known, and as of an earlier one what was not")
    func asOf() throws {
        let md5 = try get("Data/d@as-of:2025-05-15", to: "known").md5
        #expect(try warnings("2025-05-15", md5, at: "known").isEmpty)
        // By the 20th the first day had been corrected: the table has it as before.
        let older = #expect(throws: Failure.self) { try warnings("2025-05-20", md5, at: "known") }
        #expect(older?.code == "train.as-of" && older?.message.contains("as before a correction") == true)
        let now = try get("Data/d@as-of:2025-05-21", to: "now").md5
        let later = #expect(throws: Failure.self) { try warnings("2025-05-15", now, at: "now") }
        #expect(later?.message.contains("corrected after 2025-05-15") == true)
    }

    @Test("somebody's own file of that name is not replaced")
    func taken() throws {
        try project.write("mine\n", to: "known.source.json")
        let error = #expect(throws: Failure.self) { try get("Data/d@HEAD", to: "known") }
        #expect(error?.code == "data.exists" && !project.exists("known"))
        #expect(try project.read("known.source.json") == "mine\n")
    }

    @Test("features of a directory of which a part is here are refused, and the check says so")
    func partial() throws {
        #expect(try check("Data/d").items.count == 1)
        try project.remove("Data/d/2025-05-13_X.csv")
        func status() throws -> String { try WorkspaceStatus.run(in: try project.session().workspace).text }
        #expect(try status().contains("partial:") && !status().contains("modified"))
        let report = try check("Data/d")
        #expect(report.items.last?.name == "files_here" && report.items.last?.status == .warned)
        #expect(report.items.last?.evidence == ["Data/d/2025-05-13_X.csv"])
        try project.write(
            "schemaVersion: 1\nfeatures: {body: log(close / open)}\n"
                + "label: {kind: return, horizon: 1}\n", to: "f.yaml")
        func build(isPartial: Bool) throws {
            _ = try BuildFeatures.run(
                spec: project.file("f.yaml"), data: project.file("Data/d"), market: nil, quality: nil,
                output: project.file("f.safetensors"), threads: 1, isPartial: isPartial, session: try project.session())
        }
        let error = #expect(throws: Failure.self) { try build(isPartial: false) }
        #expect(error?.code == "features.partial" && error?.message.contains("1 of the 2 recorded files") == true)
        try build(isPartial: true)
        try write("2025-05-12", close: 9)
        #expect(try status().contains("modified:") && !status().contains("partial"))
    }
}
