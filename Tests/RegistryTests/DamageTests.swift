import Basics
import Foundation
import Registry
import TestSupport
import Testing

/// A registry whose file holds what it cannot hold, and queries that would never end.
@Suite struct DamageTests {
    private static func sqlite(_ path: String, _ sql: String) throws -> String {
        let result = try RunProgram.run("/usr/bin/env", ["sqlite3", path, sql], in: Paths.parent(path))
        #expect(result.status == 0, "\(sql): \(result.errors)")
        return result.output
    }

    /// A registry with something in most of its tables.
    private static func registry(_ path: String) throws -> RegistryDatabase {
        let registry = try RegistryDatabase(path, actor: "tests")
        let run = RegistryTests.run(name: "one", started: 1)
        try registry.start(run, parameters: [("lr", "0.1")])
        try registry.log([MetricValue("auc", step: 0, 1)], run: run.id)
        try registry.setTags([("team", "x")], of: .run(run.id))
        try registry.finish(run: run.id, status: .finished)
        let version = try registry.register(model: "m", run: run.id, weights: String(repeating: "a", count: 64))
        try registry.setAlias("champion", of: version, reason: "first")
        try registry.link(
            [LineageNode(.rawData, id: "d", label: "data")], to: LineageNode(.run, id: "run:\(run.id)", label: "run"))
        return registry
    }

    /// All that a command may read; errors are answers.
    private static func readAll(_ registry: RegistryDatabase) {
        _ = try? registry.search(FilterExpression(""))
        _ = try? registry.runs()
        _ = try? registry.contents(of: (try? registry.runs().map(\.id)) ?? [])
        _ = try? registry.versions(stage: .all)
        _ = try? registry.version("m@champion")
        _ = try? registry.auditEntries()
        _ = try? registry.auditHashList()
        _ = try? registry.lineage(of: "d", downstream: true)
        for view in RegistryDatabase.viewExamples { _ = try? registry.query(view.example) }
    }

    @Test("a cell of another type in any column ends in a sentence, and verify names the column")
    func cells() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        _ = try Self.registry(path)
        _ = try Self.sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        let columns = try Self.sqlite(
            path,
            """
            SELECT m.name || '|' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'grdb_%' AND c."notnull" = 1
            """
        ).split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
        #expect(columns.count > 60)
        var damaged = 0
        for column in columns {
            let copy = directory.file("damaged.sqlite"), (table, name) = (column[0], column[1])
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + end) }
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            guard try Self.sqlite(copy, "SELECT count(*) FROM \(table)") != "0\n" else { continue }
            // The schema is loosened, the cell emptied, and the schema left so: SQLite's own check sees nothing.
            _ = try Self.sqlite(
                copy,
                """
                PRAGMA writable_schema = ON;
                UPDATE sqlite_master SET sql = replace(replace(sql, ' NOT NULL', ''), ' STRICT', ' ')
                WHERE name = '\(table)' AND sql NOT LIKE '%WITHOUT ROWID%';
                UPDATE sqlite_master SET sql = replace(replace(sql, ' NOT NULL', ''), 'STRICT, WITHOUT', 'WITHOUT')
                WHERE name = '\(table)';
                PRAGMA writable_schema = RESET;
                """)
            // Some columns are bound by a CHECK as well, which holds.
            let update = "UPDATE \(table) SET \(name) = x'00ff'"
            guard try RunProgram.run("/usr/bin/env", ["sqlite3", copy, update], in: directory.path).status == 0 else {
                continue
            }
            damaged += 1
            let registry = try RegistryDatabase(copy, actor: "tests")
            Self.readAll(registry)
            let problems = try registry.verify()
            #expect(problems.contains { $0.contains("\(table).\(name) ") }, "\(table).\(name): \(problems)")
        }
        #expect(damaged > 25)
    }

    @Test("pages that were overwritten are damage with a name, not the end of the process", arguments: 0..<24)
    func pages(seed: Int) throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        _ = try Self.registry(path)
        _ = try Self.sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var random = SeededRandom(seed: UInt64(seed))
        // The header of the file is kept, so that SQLite opens it.
        for _ in 0..<40 { bytes[100 + random.index(below: bytes.count - 100)] = UInt8(random.index(below: 256)) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            let registry = try RegistryDatabase(path, actor: "tests")
            Self.readAll(registry)
            _ = try registry.verify()
        } catch let error as any UserFacingError {
            #expect(error.code.hasPrefix("registry."), "\(error)")
        }
    }

    @Test("a query that never ends is stopped, and so is one with too many rows or too long a text")
    func limits() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        func code(_ sql: String, seconds: Double = 30, rows: Int = 100_000) -> String? {
            do {
                _ = try registry.query(sql, limits: RegistryDatabase.QueryLimits(seconds: seconds, rows: rows))
                return nil
            } catch { return (error as? any UserFacingError)?.code }
        }
        #expect(code("\(endless) SELECT count(*) FROM n", seconds: 0.05) == "registry.query-limit")
        #expect(code("\(endless) SELECT x FROM n", rows: 1_000) == "registry.query-limit")
        #expect(code("\(endless) SELECT x FROM n LIMIT 1000", rows: 1_000) == nil)
        #expect(code("SELECT length(hex(zeroblob(500000000)))") == "registry.query")
        // The limits hold for the query alone.
        #expect(code("SELECT 1") == nil && registry.now() > 0)
    }
}
