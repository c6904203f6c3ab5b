import Basics
import Registry
import TestSupport
import Testing

/// What programs of earlier schemas leave in a registry, and go on leaving while they run.
@Suite struct OlderProgramTests {
    /// As another program writes to the file.
    private func execute(_ sql: String, _ path: String) throws {
        let made = try RunProgram.run("/usr/bin/env", ["sqlite3", path, sql], in: Paths.parent(path))
        #expect(made.status == 0, "\(made.errors)")
    }

    @Test("an edge that an older program records without names is accepted, and shown by the labels of its nodes")
    func edgeWithoutNames() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
            registry = try RegistryDatabase(path, actor: "tests")
        try registry.link([], to: LineageNode(.run, id: "run:1", label: "first"))
        try execute(
            """
            INSERT INTO node(id, kind, label, created_at) VALUES ('sha256:1', 'features', 'a.safetensors', 7);
            INSERT INTO edge(source, target) VALUES ('sha256:1', 'run:1');
            """, path)
        let lineage = try registry.lineage(of: "run:1")
        #expect(
            lineage.edges == [
                LineageEdge(source: "sha256:1", target: "run:1", sourceName: "a.safetensors", targetName: "first")
            ])
        #expect(Set(lineage.nodes.map(\.label)) == ["a.safetensors", "first"])
        #expect(
            try registry.query("SELECT source_label, target_label FROM lineage").rows.map { $0.map(\.stringValue) } == [
                ["a.safetensors", "first"]
            ])
    }

    @Test("a model without entries in the log has no history, and is not unknown")
    func noHistory() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
            registry = try RegistryDatabase(path, actor: "tests")
        try execute("INSERT INTO model(name, created_at) VALUES ('old', 7)", path)
        #expect(try registry.history(model: "old").isEmpty)
        let unknown = #expect(throws: Failure.self) { try registry.history(model: "ol") }
        #expect(unknown?.code == "registry.no-model")
    }

    @Test("the sentence about an alias that a model does not have")
    func noAlias() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [])
        _ = try registry.register(model: "bars-lstm", run: run.id, weights: "w")
        let failure = #expect(throws: Failure.self) { try registry.deleteAlias("foo", model: "bars-lstm") }
        #expect(failure?.message == "found no alias 'foo' of bars-lstm" && failure?.code == "registry.no-alias")
    }
}
