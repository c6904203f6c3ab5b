import GRDB

extension RegistrySchema {
    /// The log keeps, for each entry, the digest of every row that went with it: every table is a projection of the log
    /// and can be compared with it.
    ///
    /// Rows of before are taken over as they are found, under one digest a table, in an entry of their own; that is
    /// done when the registry is opened, which is why a row of the number 0 waits for it.
    static func addRowLog(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE audit_rows (sequence INTEGER PRIMARY KEY, changes TEXT NOT NULL) STRICT;
                INSERT INTO audit_rows(sequence, changes)
                    SELECT 0, 'rows of before wait for their entry'
                    WHERE EXISTS (SELECT 1 FROM audit_entry) OR EXISTS (SELECT 1 FROM run)
                        OR EXISTS (SELECT 1 FROM model) OR EXISTS (SELECT 1 FROM node)
                        OR EXISTS (SELECT 1 FROM experiment);
                """)
    }
}
