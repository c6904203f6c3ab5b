import GRDB

/// Which feature tables are the same ground.
///
/// Two tables are, where they name the same bars as their source; where they share instruments over more than a
/// twentieth of the time that the smaller one covers; or where they share samples under other names. A table that was
/// decompressed, cut to some of its instruments, or saved again stays what was looked at.
extension RegistryDatabase {
    package func hasGround(of data: String) throws -> Bool {
        try read {
            try Int.fetchOne($0, sql: "SELECT 1 FROM ground WHERE data = ? AND is_whole = 1 LIMIT 1", arguments: [data])
                != nil
        }
    }

    /// Records what a table covers; once is enough.
    package func record(_ ground: DataGround, of data: String) throws {
        try write { try RegistryDatabase.insert(ground, of: data, $0) }
    }

    static func insert(_ ground: DataGround, of data: String, _ db: Database) throws {
        let stretch = try db.cachedStatement(
            sql: """
                INSERT INTO ground(data, instrument, first_sample, last_sample, source, is_whole)
                VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET
                    first_sample = min(first_sample, excluded.first_sample),
                    last_sample = max(last_sample, excluded.last_sample),
                    source = CASE WHEN excluded.source = '' THEN source ELSE excluded.source END, is_whole = 1
                """)
        for part in ground.stretches {
            try stretch.execute(arguments: [data, part.instrument, part.first, part.last, ground.source])
        }
        let mark = try db.cachedStatement(
            sql: "INSERT INTO ground_mark(mark, data) VALUES (?, ?) ON CONFLICT DO NOTHING")
        for value in ground.marks { try mark.execute(arguments: [value, data]) }
    }

    static func ground(of data: String, _ db: Database) throws -> DataGround? {
        let rows = try StoredRow.fetchAll(
            db,
            sql: "SELECT instrument, first_sample, last_sample, source FROM ground WHERE data = ? ORDER BY instrument",
            arguments: [data])
        guard let first = rows.first else { return nil }
        return DataGround(
            source: try first[3],
            stretches: try rows.map {
                DataGround.Stretch(instrument: try $0[0], first: try $0[1], last: try $0[2])
            },
            marks: try Int64.fetchAll(
                db, sql: "SELECT mark FROM ground_mark WHERE data = ? ORDER BY mark", arguments: [data]))
    }

    /// The other tables that are the same ground.
    ///
    /// - Complexity: linear in the tables that have one of these instruments, and in their instruments.
    static func sameGround(as data: String, _ db: Database) throws -> Set<String> {
        guard try db.tableExists("ground") else { return [] }
        var same = Set(
            try String.fetchAll(
                db,
                // Said twice, because the index has no tables without a source.
                sql: "SELECT data FROM ground WHERE source != '' AND source IN "
                    + "(SELECT source FROM ground WHERE data = ? AND source != '')", arguments: [data]))
        same.formUnion(
            try String.fetchAll(
                db,
                sql: """
                    SELECT other.data FROM ground_mark own JOIN ground_mark other ON other.mark = own.mark
                    WHERE own.data = ? GROUP BY other.data HAVING count(*) >= \(DataGround.leastShared)
                    """, arguments: [data]))
        same.formUnion(
            try String.fetchAll(
                db,
                sql: """
                    WITH shared(data, share) AS (
                        SELECT other.data, total(min(other.last_sample, own.last_sample)
                            - max(other.first_sample, own.first_sample) + 1)
                        FROM ground own JOIN ground other ON other.instrument = own.instrument
                            AND other.first_sample <= own.last_sample AND other.last_sample >= own.first_sample
                        WHERE own.data = :data GROUP BY other.data
                    ), size(data, length) AS (
                        SELECT data, total(last_sample - first_sample + 1) FROM ground
                        WHERE data IN (SELECT data FROM shared) GROUP BY data
                    )
                    SELECT shared.data FROM shared JOIN size ON size.data = shared.data
                        JOIN size own ON own.data = :data
                    WHERE shared.share > \(DataGround.smallShare) * min(size.length, own.length)
                    """, arguments: ["data": data]))
        same.remove(data)
        return same
    }
}
