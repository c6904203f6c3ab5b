import Basics
import GRDB

extension RegistrySchema {
    /// Fourth schema: what a program reads of a lineage node has a place of its own, and a name belongs to the edge
    /// that recorded it.
    ///
    /// A gate used to ask whether the label of a quality report began with "passed", and every new run gave its names
    /// to all nodes with the same bytes, those of earlier runs included. Labels are read once, here; the names of edges
    /// that exist are those their nodes have now, since no others are known.
    ///
    /// A program of the third schema that has the registry open goes on and records edges without names: '' says that
    /// none was recorded, and the node's label stands in.
    static func addTypedRecords(_ db: Database) throws {
        try db.execute(
            sql: """
                DROP VIEW lineage;
                ALTER TABLE node ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
                CREATE TABLE new_edge (
                    source TEXT NOT NULL REFERENCES node(id),
                    target TEXT NOT NULL REFERENCES node(id),
                    source_name TEXT NOT NULL DEFAULT '',
                    target_name TEXT NOT NULL DEFAULT '',
                    recorded_at INTEGER NOT NULL DEFAULT 0,
                    PRIMARY KEY (source, target)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO new_edge
                    SELECT e.source, e.target, s.label, t.label, t.created_at
                    FROM edge e JOIN node s ON s.id = e.source JOIN node t ON t.id = e.target;
                DROP TABLE edge;
                ALTER TABLE new_edge RENAME TO edge;
                CREATE INDEX edge_by_target ON edge(target);
                CREATE VIEW lineage AS \(lineageView);
                """)
        let update = try db.makeStatement(sql: "UPDATE node SET attributes = ? WHERE id = ?")
        for row in try StoredRow.fetchAll(db, sql: "SELECT id, kind, label FROM node") {
            let attributes = LineageNode.attributes(
                ofLabel: try row[2], kind: LineageNode.Kind(rawValue: try row[1]), id: try row[0])
            guard !attributes.isEmpty else { continue }
            try update.execute(arguments: [LineageNode.text(attributes), row[0] as String])
        }
    }

    /// Names as they were when the edge was recorded, else the labels of the nodes.
    static let lineageView = """
        SELECT s.id AS source, s.kind AS source_kind,
            coalesce(nullif(edge.source_name, ''), s.label) AS source_label, t.id AS target, t.kind AS target_kind,
            coalesce(nullif(edge.target_name, ''), t.label) AS target_label, s.attributes AS source_attributes,
            t.attributes AS target_attributes
        FROM edge JOIN node s ON s.id = edge.source JOIN node t ON t.id = edge.target
        """
}
