import Basics
import DataVersioning
import TestSupport
import Testing

/// What a typed target stands for.
@Suite struct TrackedDataTests {
    @Test("a target is a pointer, its data, a directory above either, something inside the data, or the workspace")
    func targets() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        for name in ["raw/a.csv", "raw/b.csv", "raw/deep/c/d.csv", "raw-old.csv"] {
            try directory.write(name, to: name)
        }
        for name in ["raw/a.csv", "raw/b.csv", "raw/deep", "raw-old.csv"] {
            _ = try workspace.add(directory.file(name))
        }
        func found(_ target: String) throws -> [String] {
            try workspace.trackedData([directory.file(target)]).map(\.path)
        }
        let all = ["raw-old.csv", "raw/a.csv", "raw/b.csv", "raw/deep"]
        #expect(try found("raw/a.csv") == ["raw/a.csv"])
        #expect(try found("raw/a.csv.dvc") == ["raw/a.csv"])
        #expect(try found("raw/deep.dvc") == ["raw/deep"])
        #expect(try found("raw/deep/c/d.csv") == ["raw/deep"])
        #expect(try found("raw") == ["raw/a.csv", "raw/b.csv", "raw/deep"])
        #expect(try found("") == all && workspace.trackedData().count == 4)
        let unknown = #expect(throws: Failure.self) { try found("raw/a.cvs") }
        #expect(unknown?.code == "data.unknown-target" && unknown?.hint?.contains("raw/a.csv") == true)
    }
}
