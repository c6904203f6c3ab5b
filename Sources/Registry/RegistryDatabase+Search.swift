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
    /// Runs that satisfy a filter, in order. A clause on what a run does not have is false; values that are not numbers, and missing ones, come last.
    ///
    /// Filters on metrics, parameters and tags go through an index on (key, value), or, where many runs satisfy them, look at runs in the order asked for
    /// until there are enough; ordering by a metric reads its index in order and stops at the limit.
    package func search(
        _ filter: FilterExpression, experiments: [String]? = nil, order: [OrderTerm] = [], stage: LifeStage = .active, limit: Int = 50, offset: Int = 0
    ) throws -> [RunRecord] {
        var sql = SQLBuilder()
        if let condition = stage.condition("r.deleted_at") { sql.conditions.append(condition) }
        if let experiments { sql.add("r.experiment IN (\(SQLBuilder.marks(experiments.count)))", experiments) }
        let enough = try read { try Self.manyRuns($0, asked: offset.addingReportingOverflow(limit).partialValue) }
        for clause in filter.clauses {
            try sql.addRunClause(clause) { matches, arguments in
                try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM (\(matches) LIMIT ?)", arguments: StatementArguments(arguments + [enough])) == enough }
            }
        }
        guard let first = order.first, first.entity == .metric else {
            return try fetchRuns(sql, order: order, joins: [], limit: limit, offset: offset)
        }
        // Those that have the metric come from its index; what is missing to the limit, from the others.
        let join = (kind: "JOIN", term: first)
        var having = sql
        having.conditions.append("o0.last_value IS NOT NULL")
        var found = try fetchRuns(having, order: order, joins: [join], limit: limit, offset: offset)
        guard found.count < limit else { return found }
        var skip = 0
        if found.isEmpty, offset > 0 { skip = max(offset - (try countRuns(having, join: join)), 0) }
        var lacking = sql
        lacking.add("NOT EXISTS (SELECT 1 FROM series x WHERE x.run = r.id AND x.key = ? AND x.last_value IS NOT NULL)", [first.key])
        found += try fetchRuns(lacking, order: Array(order.dropFirst()), joins: [], limit: limit - found.count, offset: skip)
        return found
    }

    /// From how many runs on that satisfy a clause it is cheaper to look at runs one by one, until as many as asked for satisfy it, than to collect all
    /// that do: of n runs m satisfy it, so that n/m are looked at for each one found, and asked·n/m < m where m > √(asked·n).
    private static func manyRuns(_ db: Database, asked: Int) throws -> Int {
        let runs = try Int.fetchOne(db, sql: "SELECT max(rowid) FROM run") ?? 0
        return 1 + Int((Double(max(asked, 1)) * Double(runs)).squareRoot())
    }

    private func fetchRuns(_ sql: SQLBuilder, order: [OrderTerm], joins: [(kind: String, term: OrderTerm)], limit: Int, offset: Int) throws -> [RunRecord] {
        var text = "", arguments: [any DatabaseValueConvertible] = [], terms: [String] = []
        for (index, term) in order.enumerated() {
            let direction = term.isDescending ? "DESC" : "ASC"
            switch term.entity {
            case .metric:
                text += " \(joins.first?.term == term && index == 0 ? "JOIN" : "LEFT JOIN") series o\(index) ON o\(index).run = r.id AND o\(index).key = ?"
                arguments.append(term.key)
                // The column alone, where all have it, so that the index gives the order.
                terms.append(index == 0 && !joins.isEmpty ? "o0.last_value \(direction)" : "o\(index).last_value IS NULL, o\(index).last_value \(direction)")
            case .parameter, .tag:
                text += " LEFT JOIN \(term.entity == .tag ? "run_tag" : "param") o\(index) ON o\(index).run = r.id AND o\(index).key = ?"
                arguments.append(term.key)
                terms.append("o\(index).value IS NULL, o\(index).value \(direction)")
            case .attribute:
                let column = try SQLBuilder.runColumn(term.key)
                // The index on the time is only seen where nothing stands before it.
                terms.append(SQLBuilder.isNullable(column) ? "\(column) IS NULL, \(column) \(direction)" : "\(column) \(direction)")
            }
        }
        if !terms.contains(where: { $0.hasPrefix("r.started_at ") }) { terms.append("r.started_at DESC") }
        terms.append("r.id")
        text += sql.whereText + " ORDER BY \(terms.joined(separator: ", ")) LIMIT ? OFFSET ?"
        return try read { db in
            try RunRecord.fetch(db, from: text, arguments: StatementArguments(arguments + sql.arguments + [limit, offset]))
        }
    }

    private func countRuns(_ sql: SQLBuilder, join: (kind: String, term: OrderTerm)) throws -> Int {
        try read {
            try Int.fetchOne(
                $0, sql: "SELECT count(*) FROM run r JOIN series o0 ON o0.run = r.id AND o0.key = ?" + sql.whereText,
                arguments: StatementArguments([join.term.key] + sql.arguments)) ?? 0
        }
    }
}

/// A WHERE clause under construction.
struct SQLBuilder {
    var conditions: [String] = []
    var arguments: [any DatabaseValueConvertible] = []

    static func marks(_ count: Int) -> String { count == 0 ? "NULL" : [String](repeating: "?", count: count).joined(separator: ", ") }

    var whereText: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String, _ values: [any DatabaseValueConvertible]) {
        conditions.append(condition)
        arguments += values
    }

    private static let columns = [
        "run_id": "r.id", "id": "r.id", "run_name": "r.name", "name": "r.name", "status": "r.status", "user_id": "r.user", "user": "r.user", "experiment": "r.experiment",
        "kind": "r.kind", "start_time": "r.started_at", "created": "r.started_at", "end_time": "r.ended_at", "seed": "r.seed", "threads": "r.threads", "git_commit": "r.git_commit",
        "data_digest": "r.data_digest", "parent": "r.parent", "seconds": "((r.ended_at - r.started_at) / 1e9)",
    ]
    private static let numeric: Set<String> = ["start_time", "created", "end_time", "seed", "threads", "seconds"]

    static func runColumn(_ key: String) throws -> String {
        guard let column = columns[key.lowercased()] else {
            throw Failure(
                "filter.attribute", "found the unknown attribute '\(key)', expected one of \(columns.keys.sorted().joined(separator: ", "))",
                hint: NearestName.of(key, in: columns.keys.sorted()).map { "did you mean '\($0)'?" } ?? "metrics, params and tags need their word in front: metrics.\(key)", exitStatus: .usage)
        }
        return column
    }

    static func isNullable(_ column: String) -> Bool { !["r.id", "r.name", "r.status", "r.user", "r.experiment", "r.kind", "r.started_at"].contains(column) }

    /// - Parameter isCommon: whether many runs are among those that a query with arguments gives.
    mutating func addRunClause(_ clause: FilterExpression.Clause, isCommon: (String, [any DatabaseValueConvertible]) throws -> Bool) throws {
        func add(_ table: String, _ test: String, _ values: [any DatabaseValueConvertible]) throws {
            let matches = "SELECT run FROM \(table) WHERE key = ? AND \(test)", arguments = [clause.key] + values
            if try isCommon(matches, arguments) {
                self.add("EXISTS (SELECT 1 FROM \(table) WHERE run = r.id AND key = ? AND \(test))", arguments)
            } else {
                self.add("r.id IN (\(matches))", arguments)
            }
        }
        switch clause.entity {
        case .metric:
            guard case .number(let value) = clause.value else {
                throw Failure("filter.metric", "found no bare number after the metric '\(clause.key)'", hint: "write: metrics.\(clause.key) > 0.5", exitStatus: .usage)
            }
            // A value that is not a number is stored as NULL: unequal to everything, and not above or below.
            let test = clause.comparison == .notEqual ? "(last_value != ? OR last_value IS NULL)" : "last_value \(clause.comparison.rawValue) ?"
            try add("series", test, [value])
        case .parameter, .tag:
            let table = clause.entity == .tag ? "run_tag" : "param"
            if clause.comparison == .isNull || clause.comparison == .isNotNull {
                return self.add("\(clause.comparison == .isNull ? "NOT " : "")EXISTS (SELECT 1 FROM \(table) x WHERE x.run = r.id AND x.key = ?)", [clause.key])
            }
            var inner = SQLBuilder()
            try inner.addText("value", clause)
            try add(table, inner.conditions[0], inner.arguments)
        case .attribute:
            let column = try SQLBuilder.runColumn(clause.key)
            if SQLBuilder.numeric.contains(clause.key.lowercased()) {
                guard case .number(let value) = clause.value else {
                    throw Failure("filter.number", "found no bare number after '\(clause.key)'", hint: "times are milliseconds since 1970", exitStatus: .usage)
                }
                // The registry counts nanoseconds; people and other tools say milliseconds.
                let isTime = ["start_time", "created", "end_time"].contains(clause.key.lowercased())
                return self.add("\(isTime ? "\(column) / 1000000" : column) \(clause.comparison.rawValue) ?", [value])
            }
            var adapted = clause
            if clause.key.lowercased() == "status" { adapted.value = SQLBuilder.status(clause.value) }
            try addText(column, adapted)
        }
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
        case (.oneOf, .list(let items)), (.noneOf, .list(let items)): add("\(column) \(clause.comparison.rawValue) (\(SQLBuilder.marks(items.count)))", items)
        case (.equal, .text(let text)), (.notEqual, .text(let text)): add("\(column) \(clause.comparison.rawValue) ?", [text])
        case (.like, .text(let text)): add("\(column) GLOB ?", [SQLBuilder.glob(text)])
        case (.ilike, .text(let text)): add("lower(\(column)) GLOB ?", [SQLBuilder.glob(text.lowercased())])
        default:
            throw Failure("filter.text", "found '\(clause.comparison.rawValue)' on '\(clause.key)', expected =, !=, LIKE, ILIKE or IN with quoted text", exitStatus: .usage)
        }
    }

    /// SQLite's LIKE ignores case, its GLOB does not: % becomes *, _ becomes ?, and what GLOB would take for a pattern is put in brackets.
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
