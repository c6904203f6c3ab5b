import Basics
import GRDB

/// What a run recorded besides its own columns, each in the order of its keys.
package struct RunContents: Sendable {
    package var parameters: [(key: String, value: String)] = []
    /// The latest value of each; one that is not a number is left out.
    package var metrics: [(key: String, value: Double)] = []
    package var tags: [(key: String, value: String)] = []
}

extension RegistryDatabase {
    /// Parameters, latest metrics and tags of many runs, in the order of the runs, in one transaction.
    package func contents(of runs: [String]) throws -> [RunContents] {
        var out = [RunContents](repeating: RunContents(), count: runs.count)
        try read { db in
            func each(_ sql: String, _ take: (StatementRows, Int) -> Void) throws {
                let rows = try StatementRows(try db.cachedStatement(sql: sql), nil, db)
                defer { rows.end() }
                for (place, run) in runs.enumerated() {
                    rows.restart(run)
                    while try rows.next() { take(rows, place) }
                }
            }
            try each("SELECT key, value FROM param WHERE run = ? ORDER BY key") {
                out[$1].parameters.append(($0.text(0), $0.text(1)))
            }
            try each("SELECT key, last_value FROM series WHERE run = ? AND last_value IS NOT NULL ORDER BY key") {
                out[$1].metrics.append(($0.text(0), $0.double(1)))
            }
            guard try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM run_tag)")) == true else {
                return
            }
            try each("SELECT key, value FROM run_tag WHERE run = ? ORDER BY key") {
                out[$1].tags.append(($0.text(0), $0.text(1)))
            }
        }
        return out
    }
}
