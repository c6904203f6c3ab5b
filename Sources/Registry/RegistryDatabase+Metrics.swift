package import Basics
import GRDB
import GRDBSQLite

/// One value of a metric.
package struct MetricValue: Sendable, Equatable {
    package var key: String
    package var step: Int
    package var value: Double
    /// When it was measured; nil means now.
    package var time: Nanoseconds?

    package init(_ key: String, step: Int = 0, _ value: Double, time: Nanoseconds? = nil) {
        self.key = key
        self.step = step
        self.value = value
        self.time = time
    }
}

extension RegistryDatabase {
    /// Records values in one transaction. The same (key, step) again replaces the value, so a resumed run may repeat
    /// itself. Values that are not finite are left out: a metric that is undefined is absent.
    package func log(_ values: [MetricValue], run: String) throws {
        let time = now(), finite = values.filter(\.value.isFinite)
        guard !finite.isEmpty else { return }
        try write { db in
            try store(finite, run: run, time: time, db)
            try seal(run, db)
        }
    }

    /// Records values of several runs in one transaction.
    package func log(_ values: [(run: String, values: [MetricValue])]) throws {
        let time = now()
        try write { db in
            for (run, values) in values { try store(values.filter(\.value.isFinite), run: run, time: time, db) }
            for run in Set(values.map(\.run)) { try seal(run, db) }
        }
    }

    /// Two statements a value: the series is found or made, and moved forward; the point is written.
    func store(_ values: [MetricValue], run: String, time: Nanoseconds, _ db: Database) throws {
        let groups = Dictionary(grouping: values, by: \.key)
        let upsert = try db.cachedStatement(sql: RegistryDatabase.upsertSeries)
        var series: [String: Int64] = [:]
        for (key, group) in groups {
            guard let first = group.first else { continue }
            // The last of the highest step.
            let value = group.dropFirst().reduce(first) { $1.step >= $0.step ? $1 : $0 }
            try upsert.setArguments([run, key, value.step, value.time ?? time, value.value])
            series[key] = try Int64.fetchOne(upsert)
        }
        let insert = try db.cachedStatement(
            sql:
                "INSERT INTO metric(series, step, sequence, value, time) VALUES (?, ?, 0, ?, ?) ON CONFLICT DO UPDATE "
                + "SET value = excluded.value, time = excluded.time"
        )
        // One series after the other: neighbours in the table. Bound by hand: arguments in boxes cost more than the
        // insertion.
        let raw = insert.sqliteStatement
        defer { sqlite3_reset(raw) }
        for (key, group) in groups {
            for value in group {
                // A statement that has run takes no values before it is reset.
                sqlite3_reset(raw)
                sqlite3_bind_int64(raw, 1, series[key] ?? 0)
                sqlite3_bind_int64(raw, 2, Int64(value.step))
                sqlite3_bind_double(raw, 3, value.value)
                sqlite3_bind_int64(raw, 4, value.time ?? time)
                let code = sqlite3_step(raw)
                guard code == SQLITE_DONE else {
                    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
                }
            }
        }
    }

    /// The latest value is that of the highest step, then time; the update returns the series also where it changes
    /// nothing.
    private static let upsertSeries = """
        INSERT INTO series(run, key, last_step, last_time, last_value) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT(run, key) DO UPDATE SET
            last_value = CASE WHEN excluded.last_step >= last_step THEN excluded.last_value ELSE last_value END,
            last_time = CASE WHEN excluded.last_step >= last_step THEN excluded.last_time ELSE last_time END,
            last_step = max(excluded.last_step, last_step)
        RETURNING id
        """

    /// Adds points to the history of a run as they are, several at one step, also values that are not numbers: what
    /// came from a tracking server. A point that is there already (same step, time and value) is not repeated.
    func append(_ values: [MetricValue], run: String, _ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO metric(series, step, sequence, value, time) VALUES (?, ?, ?, ?, ?)")
        let place = try db.cachedStatement(
            sql:
                "SELECT coalesce(max(sequence) + 1, 0), coalesce(max(time = ?3 AND value IS ?4), 0) FROM metric WHERE "
                + "series = ?1 AND step = ?2"
        )
        for (key, group) in Dictionary(grouping: values, by: \.key) {
            let series: Int64
            if let known = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT id FROM series WHERE run = ? AND key = ?"), arguments: [run, key])
            {
                series = known
                for point in group {
                    let value = point.value.isNaN ? nil : point.value, time = point.time ?? now()
                    try place.setArguments([series, point.step, time, value])
                    guard let row = try StoredRow.fetchOne(place), (try row[1] as Int) == 0 else { continue }
                    try insert.execute(arguments: [series, point.step, row[0] as Int, value, time])
                }
            } else {
                // Nothing can be there already, but the same point may come twice.
                try db.cachedStatement(sql: "INSERT INTO series(run, key, last_step, last_time) VALUES (?, ?, 0, 0)")
                    .execute(arguments: [run, key])
                series = db.lastInsertedRowID
                struct Point: Hashable {
                    let step: Int, time: Nanoseconds, bits: UInt64
                }
                var seen: Set<Point> = [], counts: [Int: Int] = [:]
                for point in group {
                    let time = point.time ?? now()
                    guard
                        seen.insert(
                            Point(
                                step: point.step, time: time,
                                bits: point.value.isNaN ? 0x7FF8 << 48 : point.value.bitPattern)
                        ).inserted
                    else { continue }
                    try insert.execute(arguments: [
                        series, point.step, counts[point.step, default: 0], point.value.isNaN ? nil : point.value, time,
                    ])
                    counts[point.step, default: 0] += 1
                }
            }
            try db.cachedStatement(
                sql: """
                    UPDATE series SET (last_step, last_time, last_value) =
                        (SELECT step, time, value FROM metric WHERE series = ?1 ORDER BY step DESC, time DESC, value \
                    DESC LIMIT 1) WHERE id = ?1
                    """
            ).execute(arguments: [series])
        }
    }

    /// The value of the last step of every metric.
    package func latestMetrics(run: String) throws -> [String: Double] {
        try read {
            var out: [String: Double] = [:]
            for row in try StoredRow.fetchAll(
                $0, sql: "SELECT key, last_value FROM series WHERE run = ? AND last_value IS NOT NULL", arguments: [run]
            ) { out[try row[0]] = try row[1] }
            return out
        }
    }

    package func history(run: String, metric: String) throws -> [(step: Int, value: Double)] {
        try read {
            try StoredRow.fetchAll(
                $0,
                sql:
                    "SELECT step, value FROM metric WHERE series = (SELECT id FROM series WHERE run = ? AND key = ?) "
                    + "AND value IS NOT NULL ORDER BY step, sequence",
                arguments: [run, metric]
            ).map { (try $0[0], try $0[1]) }
        }
    }
}
