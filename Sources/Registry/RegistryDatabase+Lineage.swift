import Basics
import GRDB

/// A thing with an identity in the lineage graph.
package struct LineageNode: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case rawData = "raw-data", qualityReport = "quality-report", featureSpec = "feature-spec", features, split, run,
            version
        case gateDecision = "gate-decision", approval, bundle, deployment, receipt, feedback, code, task, study
    }

    package var id: String
    package var kind: Kind
    package var label: String

    package init(_ kind: Kind, id: String, label: String) {
        self.id = id
        self.kind = kind
        self.label = label
    }
}

extension RegistryDatabase {
    /// Records that `target` was made from `sources`. Repeating it changes nothing but the label.
    package func link(_ sources: [LineageNode], to target: LineageNode) throws {
        let time = now()
        try write { db in
            for node in sources + [target] {
                try db.execute(
                    sql:
                        "INSERT INTO node(id, kind, label, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET label = excluded.label",
                    arguments: [node.id, node.kind.rawValue, node.label, time])
            }
            for source in sources where source.id != target.id {
                try db.execute(
                    sql: "INSERT INTO edge(source, target) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    arguments: [source.id, target.id])
            }
        }
    }

    /// When a node was first recorded.
    package func nodeTime(_ id: String) throws -> Nanoseconds {
        try read { try Int64.fetchOne($0, sql: "SELECT created_at FROM node WHERE id = ?", arguments: [id]) ?? 0 }
    }

    package struct LineageGraph: Sendable {
        package var root: String
        package var nodes: [LineageNode]
        /// From source to target.
        package var edges: [(source: String, target: String)]

        /// A digest over the sorted edges and kinds: the identity of what is known about the root's origin.
        package var digest: String {
            let lines =
                nodes.map { "\($0.kind.rawValue) \($0.id)" }.sorted()
                + edges.map { "\($0.source)>\($0.target)" }.sorted()
            return Digest.sha256(lines.joined(separator: "\n"))
        }
    }

    /// Everything that a node was made from, or everything made from it.
    ///
    /// - Throws: ``Failure`` when the node is unknown.
    package func lineage(of id: String, downstream: Bool = false) throws -> LineageGraph {
        try read { db in
            let (from, to) = downstream ? ("source", "target") : ("target", "source")
            let rows = try Row.fetchAll(
                db,
                sql: """
                    WITH RECURSIVE reach(id) AS (SELECT ?1 UNION SELECT edge.\(to) FROM edge JOIN reach ON edge.\(from) = reach.id)
                    SELECT node.id, node.kind, node.label FROM node JOIN reach ON node.id = reach.id ORDER BY node.created_at, node.id
                    """, arguments: [id])
            guard !rows.isEmpty else { throw Failure("registry.no-lineage", "found no lineage of '\(id)'") }
            let edges = try Row.fetchAll(
                db,
                sql: """
                    WITH RECURSIVE reach(id) AS (SELECT ?1 UNION SELECT edge.\(to) FROM edge JOIN reach ON edge.\(from) = reach.id)
                    SELECT source, target FROM edge WHERE source IN (SELECT id FROM reach) AND target IN (SELECT id FROM reach) ORDER BY source, target
                    """, arguments: [id])
            return LineageGraph(
                root: id,
                nodes: rows.compactMap { row in
                    LineageNode.Kind(rawValue: row["kind"]).map { LineageNode($0, id: row["id"], label: row["label"]) }
                }, edges: edges.map { ($0["source"], $0["target"]) })
        }
    }
}
