package import Basics
import GRDB

extension RegistryDatabase {
    /// Records that `target` was made from `sources`.
    ///
    /// The names that they have now belong to the edges. Repeating it changes nothing: what was recorded keeps its name
    /// and its attributes; an attribute that was not known before is added.
    package func link(_ sources: [LineageNode], to target: LineageNode) throws {
        let time = now()
        try write { db in
            for node in sources + [target] { try RegistryDatabase.insert(node, time: time, db) }
            for source in sources where source.id != target.id {
                try RegistryDatabase.insert(
                    LineageEdge(
                        source: source.id, target: target.id, sourceName: source.label, targetName: target.label),
                    time: time, db)
            }
        }
    }

    static func insert(_ node: LineageNode, time: Nanoseconds, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO node(id, kind, label, created_at, attributes) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET attributes = json_patch(excluded.attributes, node.attributes)
                WHERE node.attributes != excluded.attributes
                """
        ).execute(arguments: [node.id, node.kind.rawValue, node.label, time, LineageNode.text(node.attributes)])
    }

    static func insert(_ edge: LineageEdge, time: Nanoseconds, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO edge(source, target, source_name, target_name, recorded_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [edge.source, edge.target, edge.sourceName, edge.targetName, time])
    }

    /// When a node was first recorded.
    package func nodeTime(_ id: String) throws -> Nanoseconds {
        try read { try Int64.fetchOne($0, sql: "SELECT created_at FROM node WHERE id = ?", arguments: [id]) ?? 0 }
    }

    /// Everything that a node was made from, or everything made from it.
    ///
    /// Linear in the nodes and edges of the graph.
    ///
    /// - Throws: ``Failure`` with code `registry.no-lineage` when the node is unknown.
    package func lineage(of id: String, downstream: Bool = false) throws -> LineageGraph {
        let graph = try lineage(of: [id], root: id, downstream: downstream)
        guard !graph.nodes.isEmpty else { throw Failure("registry.no-lineage", "found no lineage of '\(id)'") }
        return graph
    }

    /// Everything that some nodes were made from, or everything made from them, in one graph.
    ///
    /// - Parameters:
    ///   - ids: those that are not on record add nothing.
    ///   - root: what the graph is called by.
    package func lineage(of ids: [String], root: String, downstream: Bool) throws -> LineageGraph {
        let (from, to) = downstream ? ("source", "target") : ("target", "source")
        let reach = """
            WITH RECURSIVE reach(id) AS (
                SELECT value FROM json_each(?1)
                UNION SELECT edge.\(to) FROM edge JOIN reach ON edge.\(from) = reach.id)
            """
        let starts = JSONValue.strings(ids).text(.compact)
        return try read { db in
            let rows = try StoredRow.fetchAll(
                db,
                sql: """
                    \(reach) SELECT node.id, node.kind, node.label, node.attributes
                    FROM node JOIN reach ON node.id = reach.id ORDER BY node.created_at, node.id
                    """, arguments: [starts])
            let edges = try StoredRow.fetchAll(
                db,
                sql: """
                    \(reach) SELECT source, target, coalesce(nullif(source_name, ''), s.label),
                        coalesce(nullif(target_name, ''), t.label),
                        CASE recorded_at WHEN 0 THEN t.created_at ELSE recorded_at END
                    FROM edge JOIN node s ON s.id = source JOIN node t ON t.id = target
                    -- The other end is reached by this edge; asked for both, SQLite compares every pair.
                    WHERE edge.\(from) IN (SELECT id FROM reach)
                    ORDER BY source, target
                    """, arguments: [starts])
            let names = try RegistryDatabase.names(edges)
            return LineageGraph(
                root: root,
                nodes: try rows.map { row in
                    let id: String = try row[0]
                    return LineageNode(
                        LineageNode.Kind(rawValue: try row[1]), id: id, label: try names[id] ?? row[2],
                        attributes: LineageNode.attributes(try row[3]))
                }, edges: try edges.map(RegistryDatabase.edge))
        }
    }

    /// All nodes of a kind, by the time of their record.
    package func nodes(_ kind: LineageNode.Kind) throws -> [LineageNode] {
        try read { db in
            try StoredRow.fetchAll(
                db, sql: "SELECT id, label, attributes FROM node WHERE kind = ? ORDER BY created_at, id",
                arguments: [kind.rawValue]
            ).map { row in
                LineageNode(
                    kind, id: try row[0], label: try row[1], attributes: LineageNode.attributes(try row[2]))
            }
        }
    }

    /// Which of some nodes are on record.
    package func known(nodes ids: [String]) throws -> [LineageNode] {
        let wanted = JSONValue.strings(ids).text(.compact)
        return try read { db in
            try StoredRow.fetchAll(
                db,
                sql: """
                    SELECT id, kind, label, attributes FROM node WHERE id IN (SELECT value FROM json_each(?1))
                    ORDER BY created_at, id
                    """, arguments: [wanted]
            ).map { row in
                LineageNode(
                    LineageNode.Kind(rawValue: try row[1]), id: try row[0], label: try row[2],
                    attributes: LineageNode.attributes(try row[3]))
            }
        }
    }

    private static func edge(_ row: StoredRow) throws -> LineageEdge {
        LineageEdge(source: try row[0], target: try row[1], sourceName: try row[2], targetName: try row[3])
    }

    /// What each node is called within some edges: by the first thing that was made from it, else by the first record
    /// of how it was made.
    private static func names(_ edges: [StoredRow]) throws -> [String: String] {
        var names: [String: String] = [:]
        let ordered = try edges.sorted { (try $0[4] as Int64) < (try $1[4] as Int64) }
        for row in ordered where names[try row[0]] == nil { names[try row[0]] = try row[2] }
        for row in ordered where names[try row[1]] == nil { names[try row[1]] = try row[3] }
        return names
    }
}
