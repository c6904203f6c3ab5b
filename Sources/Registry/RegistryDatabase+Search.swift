import Basics
import GRDB

/// Which of the deleted and the living are looked at.
package enum LifeStage: String, Sendable, CaseIterable {
    case active, deleted, all

    func condition(_ column: String) -> String? {
        switch self {
        case .active: "\(column) IS NULL"
        case .deleted: "\(column) IS NOT NULL"
        case .all: nil
        }
    }
}

extension RegistryDatabase {
    /// Runs that satisfy a filter, in order. A clause on what a run does not have is false; values that are not
    /// numbers, and missing ones, come last.
    ///
    /// Ordering by a metric or by time reads an index in that order and stops at the limit. Filters on metrics,
    /// parameters and tags go through an index on (key, value); where many runs satisfy them, runs are looked at in the
    /// order asked for until there are enough, and collected only when that takes long.
    package func search(
        _ filter: FilterExpression, experiments: [String]? = nil, order: [OrderTerm] = [], stage: LifeStage = .active,
        limit: Int = 50, offset: Int = 0
    ) throws -> [RunRecord] {
        try read {
            try Self.search(
                filter, experiments: experiments, order: order, stage: stage, limit: limit, offset: offset, $0)
        }
    }

    /// Counts, walks and collects in one transaction: what is counted is what is found.
    private static func search(
        _ filter: FilterExpression, experiments: [String]?, order: [OrderTerm], stage: LifeStage, limit: Int,
        offset: Int, _ db: Database
    ) throws -> [RunRecord] {
        var base = SQLBuilder()
        if let condition = stage.condition("r.deleted_at") { base.conditions.append(condition) }
        if let experiments { base.add("r.experiment IN (\(SQLBuilder.marks(experiments.count)))", experiments) }
        let many = try manyRuns(db, asked: max(limit, 0).addingReportingOverflow(max(offset, 0)).partialValue)
        var tests: [(test: SQLBuilder.KeyTest, isCommon: Bool)] = []
        for clause in filter.clauses {
            if let test = try SQLBuilder.keyTest(clause) {
                tests.append((test, try count(test, upTo: many, db) == many))
            } else {
                try base.addRunClause(clause)
            }
        }
        let isByMetric = order.first?.entity == .metric,
            isByTime =
                try order.first.map { try $0.entity == .attribute && SQLBuilder.runColumn($0.key) == "r.started_at" }
                ?? true
        let areAllCommon = tests.allSatisfy(\.isCommon)
        if areAllCommon, !tests.isEmpty, isByMetric || isByTime,
            let found = try look(
                base, tests.map(\.test), order: order, limit: limit, offset: offset, atMost: 2 * many, db)
        {
            return found
        }
        // Where few satisfy one clause, the others are asked about those few alone.
        var sql = base
        for (test, isCommon) in tests {
            sql.add(isCommon && !areAllCommon ? test.probe : "r.id IN (\(test.matches))", test.arguments)
        }
        guard let first = order.first, isByMetric else {
            return try fetchRuns(sql, order: order, limit: limit, offset: offset, db)
        }
        // Those that have the metric come from its index; what is missing to the limit, from the others.
        var found = try fetchRuns(sql, order: order, isHaving: true, limit: limit, offset: offset, db)
        guard found.count < limit else { return found }
        var skip = 0
        if found.isEmpty, offset > 0 { skip = max(offset - (try countRuns(sql, having: first, db)), 0) }
        var lacking = sql
        lacking.add(
            "NOT EXISTS (SELECT 1 FROM series x WHERE x.run = r.id AND x.key = ? AND x.last_value IS NOT NULL)",
            [first.key])
        found += try fetchRuns(lacking, order: Array(order.dropFirst()), limit: limit - found.count, offset: skip, db)
        return found
    }

    /// From how many runs on that satisfy a clause it is cheaper to look at runs one by one, until as many as asked for
    /// satisfy it, than to collect all that do: of n runs m satisfy it, so that n/m are looked at for each one found,
    /// and asked·n/m < m where m > √(asked·n).
    private static func manyRuns(_ db: Database, asked: Int) throws -> Int {
        let runs = try Int.fetchOne(try db.cachedStatement(sql: "SELECT max(rowid) FROM run")) ?? 0
        return 1 + Int(saturating: (Double(max(asked, 1)) * Double(runs)).squareRoot())
    }

    private static func count(_ test: SQLBuilder.KeyTest, upTo limit: Int, _ db: Database) throws -> Int {
        try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT count(*) FROM (\(test.matches) LIMIT ?)"),
            arguments: StatementArguments(test.arguments + [limit])) ?? 0
    }

    /// Walks runs in order until enough satisfy the tests.
    ///
    /// - Returns: nil where `atMost` were looked at in vain: what satisfies the tests lies far back in the order, as
    ///   with a parameter that was given up.
    private static func look(
        _ base: SQLBuilder, _ tests: [SQLBuilder.KeyTest], order: [OrderTerm], limit: Int, offset: Int, atMost: Int,
        _ db: Database
    ) throws -> [RunRecord]? {
        let (rest, arguments) = try ordered(base, order, isHaving: order.first?.entity == .metric)
        let sql = "SELECT \(RunRecord.columns), \(tests.map(\.probe).joined(separator: " AND ")) FROM run r \(rest)"
        let rows = try StatementRows(
            try db.cachedStatement(sql: sql), StatementArguments(tests.flatMap(\.arguments) + arguments), db)
        defer { rows.end() }
        var found: [RunRecord] = [], looked = 0, skip = offset
        while found.count < limit, looked < atMost, try rows.next() {
            looked += 1
            // The tests come after the columns of the run.
            guard rows.int(Int32(RunRecord.Column.allCases.count)) != 0 else { continue }
            if skip > 0 { skip -= 1 } else { found.append(RunRecord(rows)) }
        }
        return found.count == limit ? found : nil
    }

    /// - Parameter isHaving: only runs that have the metric that comes first in the order.
    private static func fetchRuns(
        _ sql: SQLBuilder, order: [OrderTerm], isHaving: Bool = false, limit: Int, offset: Int, _ db: Database
    ) throws -> [RunRecord] {
        let (rest, arguments) = try ordered(sql, order, isHaving: isHaving)
        return try RunRecord.fetch(
            db, from: rest + " LIMIT ? OFFSET ?", arguments: StatementArguments(arguments + [limit, offset]))
    }

    /// What follows `FROM run r`: joins, conditions and the order.
    private static func ordered(_ sql: SQLBuilder, _ order: [OrderTerm], isHaving: Bool) throws -> (
        text: String, arguments: [any DatabaseValueConvertible]
    ) {
        var joins = "", keys: [any DatabaseValueConvertible] = [], terms: [String] = [], sql = sql
        for (index, term) in order.enumerated() {
            let direction = term.isDescending ? "DESC" : "ASC"
            if case .attribute = term.entity {
                let column = try SQLBuilder.runColumn(term.key)
                // The index on the time is only seen where nothing stands before it.
                terms.append(
                    SQLBuilder.isNullable(column)
                        ? "\(column) IS NULL, \(column) \(direction)" : "\(column) \(direction)")
                continue
            }
            let
                (table, column) =
                    term.entity == .metric
                    ? ("series", "last_value") : (term.entity == .tag ? "run_tag" : "param", "value"),
                isFirst = index == 0 && isHaving
            joins +=
                " \(isFirst ? "JOIN" : "LEFT JOIN") \(table) o\(index) ON o\(index).run = r.id AND o\(index).key = ?"
            keys.append(term.key)
            // The column alone, where all have it, so that the index gives the order.
            terms.append(
                isFirst ? "o0.\(column) \(direction)" : "o\(index).\(column) IS NULL, o\(index).\(column) \(direction)")
            if isFirst { sql.conditions.append("o0.\(column) IS NOT NULL") }
        }
        if !terms.contains(where: { $0.hasPrefix("r.started_at ") }) { terms.append("r.started_at DESC") }
        terms.append("r.id")
        return (joins + sql.whereText + " ORDER BY " + terms.joined(separator: ", "), keys + sql.arguments)
    }

    private static func countRuns(_ sql: SQLBuilder, having term: OrderTerm, _ db: Database) throws -> Int {
        let join = "JOIN series o0 ON o0.run = r.id AND o0.key = ?",
            known = sql.conditions + ["o0.last_value IS NOT NULL"]
        return try Int.fetchOne(
            db, sql: "SELECT count(*) FROM run r \(join) WHERE \(known.joined(separator: " AND "))",
            arguments: StatementArguments([term.key] + sql.arguments)) ?? 0
    }
}

/// A WHERE clause under construction.
struct SQLBuilder {
    var conditions: [String] = []
    var arguments: [any DatabaseValueConvertible] = []

    static func marks(_ count: Int) -> String {
        count == 0 ? "NULL" : [String](repeating: "?", count: count).joined(separator: ", ")
    }

    var whereText: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
        conditions.append(condition)
        arguments += values
    }

    private static let columns = [
        "run_id": "r.id", "id": "r.id", "run_name": "r.name", "name": "r.name", "status": "r.status",
        "user_id": "r.user", "user": "r.user", "experiment": "r.experiment",
        "kind": "r.kind", "start_time": "r.started_at", "created": "r.started_at", "end_time": "r.ended_at",
        "seed": "r.seed", "threads": "r.threads", "git_commit": "r.git_commit",
        "data_digest": "r.data_digest", "parent": "r.parent", "seconds": "((r.ended_at - r.started_at) / 1e9)",
        "samples": evaluated("sample_set", "test"), "strategy": evaluated("strategy", "test"),
        "validation_samples": evaluated("sample_set", "validation"),
    ]

    private static func evaluated(_ column: String, _ role: String) -> String {
        "(SELECT e.\(column) FROM evaluation e WHERE e.run = r.id AND e.role = '\(role)')"
    }

    private static let numeric: Set<String> = ["start_time", "created", "end_time", "seed", "threads", "seconds"]

    static func runColumn(_ key: String) throws -> String {
        guard let column = columns[key.lowercased()] else {
            throw Failure(
                "filter.attribute",
                "found the unknown attribute '\(key)', expected one of "
                    + "\(columns.keys.sorted().joined(separator: ", "))",
                hint: NearestName.of(key, in: columns.keys.sorted()).map { "did you mean '\($0)'?" }
                    ?? "metrics, params and tags need their word in front: metrics.\(key)", exitStatus: .usage)
        }
        return column
    }

    static func isNullable(_ column: String) -> Bool {
        !["r.id", "r.name", "r.status", "r.user", "r.experiment", "r.kind", "r.started_at"].contains(column)
    }

    /// A query of the runs whose metric, parameter or tag satisfies a clause.
    struct KeyTest {
        var matches: String
        var arguments: [any DatabaseValueConvertible]
        /// Whether the run `r` is among them.
        var probe: String { "EXISTS (\(matches) AND run = r.id)" }
    }

    /// Nil for what is not a comparison of a metric, a parameter or a tag.
    static func keyTest(_ clause: FilterExpression.Clause) throws -> KeyTest? {
        switch clause.entity {
        case .metric:
            guard case .number(let value) = clause.value else {
                throw Failure(
                    "filter.metric", "found no bare number after the metric '\(clause.key)'",
                    hint: "write: metrics.\(clause.key) > 0.5", exitStatus: .usage)
            }
            // A value that is not a number is stored as NULL: unequal to everything, and not above or below.
            let test =
                clause.comparison == .notEqual
                ? "(last_value != ? OR last_value IS NULL)" : "last_value \(clause.comparison.rawValue) ?"
            return KeyTest(matches: "SELECT run FROM series WHERE key = ? AND \(test)", arguments: [clause.key, value])
        case .parameter, .tag:
            if clause.comparison == .isNull || clause.comparison == .isNotNull { return nil }
            var inner = SQLBuilder()
            try inner.addText("value", clause)
            return KeyTest(
                matches:
                    "SELECT run FROM \(clause.entity == .tag ? "run_tag" : "param") WHERE key = ? AND "
                    + "\(inner.conditions[0])",
                arguments: [clause.key] + inner.arguments)
        case .attribute: return nil
        }
    }

    /// A clause that is not a ``keyTest(_:)``: on a run's own columns, or on whether a parameter or tag is there at
    /// all.
    mutating func addRunClause(_ clause: FilterExpression.Clause) throws {
        guard clause.entity == .attribute else {
            let table = clause.entity == .tag ? "run_tag" : "param", isNegated = clause.comparison == .isNull
            return add(
                "\(isNegated ? "NOT " : "")EXISTS (SELECT 1 FROM \(table) x WHERE x.run = r.id AND x.key = ?)",
                [clause.key])
        }
        let column = try SQLBuilder.runColumn(clause.key)
        if SQLBuilder.numeric.contains(clause.key.lowercased()) {
            guard case .number(let value) = clause.value else {
                throw Failure(
                    "filter.number", "found no bare number after '\(clause.key)'",
                    hint: "times are milliseconds since 1970", exitStatus: .usage)
            }
            // The registry counts nanoseconds; people and other tools say milliseconds.
            let isTime = ["start_time", "created", "end_time"].contains(clause.key.lowercased())
            return add("\(isTime ? "\(column) / 1000000" : column) \(clause.comparison.rawValue) ?", [value])
        }
        var adapted = clause
        if clause.key.lowercased() == "status" { adapted.value = SQLBuilder.status(clause.value) }
        try addText(column, adapted)
    }

    /// Statuses may be said in either tool's words.
    private static func status(_ value: FilterExpression.Value) -> FilterExpression.Value {
        func own(_ text: String) -> String { text.uppercased() == "KILLED" ? "interrupted" : text.lowercased() }
        switch value {
        case .text(let text): return .text(own(text))
        case .list(let list): return .list(list.map(own))
        default: return value
        }
    }

    /// A comparison of a text column.
    mutating func addText(_ column: String, _ clause: FilterExpression.Clause) throws {
        switch (clause.comparison, clause.value) {
        case (.isNull, _), (.isNotNull, _): conditions.append("\(column) \(clause.comparison.rawValue)")
        case (.oneOf, .list(let items)), (.noneOf, .list(let items)):
            add("\(column) \(clause.comparison.rawValue) (\(SQLBuilder.marks(items.count)))", items)
        case (.equal, .text(let text)), (.notEqual, .text(let text)):
            add("\(column) \(clause.comparison.rawValue) ?", [text])
        case (.like, .text(let text)): add("\(column) GLOB ?", [SQLBuilder.glob(text)])
        case (.ilike, .text(let text)): add("lower(\(column)) GLOB ?", [SQLBuilder.glob(text.lowercased())])
        default:
            throw Failure(
                "filter.text",
                "found '\(clause.comparison.rawValue)' on '\(clause.key)', expected =, !=, LIKE, ILIKE or IN with "
                    + "quoted text",
                exitStatus: .usage)
        }
    }

    /// SQLite's LIKE ignores case, its GLOB does not: % becomes *, _ becomes ?, and what GLOB would take for a pattern
    /// is put in brackets.
    private static func glob(_ like: String) -> String {
        like.map { character in
            switch character {
            case "%": "*"
            case "_": "?"
            case "*", "?", "[": "[\(character)]"
            default: String(character)
            }
        }.joined()
    }
}
