import GRDB

extension RegistrySchema {
    /// Ninth schema: what was signed stands beside what was recorded. Those of before have no signature,
    /// and allow and move nothing any more; promotions of before have no number in their environment's history.
    static func addAuthority(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE gate_decision ADD COLUMN envelope TEXT;
                ALTER TABLE deployment ADD COLUMN counter INTEGER;
                ALTER TABLE deployment ADD COLUMN manifest TEXT;
                ALTER TABLE deployment ADD COLUMN envelope TEXT;
                ALTER TABLE promotion ADD COLUMN counter INTEGER;
                ALTER TABLE promotion ADD COLUMN manifest TEXT;
                """)
    }
}
