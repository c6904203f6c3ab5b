import Basics

/// The filter language of tracking servers, as MLflow has it: clauses joined by AND.
///
///     filter := clause { AND clause }
///     clause := [entity.]key op value | [entity.]key [NOT] IN ('a', 'b') | [entity.]key IS [NOT] NULL
///     op     := = != > >= < <= LIKE ILIKE
///
/// Keys with other characters stand in backquotes or double quotes: metrics.`val loss` < 0.1.
package struct FilterExpression: Sendable, Equatable {
    package enum Entity: String, Sendable, CaseIterable {
        case metric, parameter, tag, attribute

        init?(word: String) {
            switch word.lowercased() {
            case "metric", "metrics": self = .metric
            case "param", "params", "parameter", "parameters": self = .parameter
            case "tag", "tags": self = .tag
            case "attribute", "attributes", "attr", "run", "model", "version", "experiment": self = .attribute
            default: return nil
            }
        }
    }

    package enum Value: Sendable, Equatable {
        case number(Double)
        case text(String)
        case list([String])
        case none
    }

    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "=", notEqual = "!=", greater = ">", greaterOrEqual = ">=", less = "<", lessOrEqual = "<="
        case like = "LIKE", ilike = "ILIKE", oneOf = "IN", noneOf = "NOT IN", isNull = "IS NULL", isNotNull =
            "IS NOT NULL"
    }

    package struct Clause: Sendable, Equatable {
        package var entity: Entity
        package var key: String
        package var comparison: Comparison
        package var value: Value
    }

    package var clauses: [Clause]

    /// - Throws: ``Failure`` with code `filter.invalid`, naming the column of the text.
    package init(_ text: String) throws {
        var parser = FilterParser(text)
        clauses = try parser.clauses()
    }
}

/// One term of an ordering: `metrics.auc DESC`.
package struct OrderTerm: Sendable, Equatable {
    package var entity: FilterExpression.Entity
    package var key: String
    package var isDescending: Bool

    package init(_ text: String) throws {
        var parser = FilterParser(text)
        (entity, key) = try parser.identifier()
        isDescending = false
        if let direction = parser.word() {
            guard ["ASC", "DESC"].contains(direction.uppercased()) else {
                throw parser.failure("found '\(direction)', expected ASC or DESC")
            }
            isDescending = direction.uppercased() == "DESC"
        }
        guard parser.isAtEnd else { throw parser.failure("found more after the direction") }
    }
}

private struct FilterParser {
    private let characters: [Character]
    private let text: String
    private var position = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    func failure(_ message: String) -> Failure {
        Failure(
            "filter.invalid",
            "\(message) at column \(position + 1) of '\(text.prefix(200))\(characters.count > 200 ? "…" : "")'",
            hint: "a filter looks like: metrics.val.f1 > 0.7 and params.kind = 'lstm'", exitStatus: .usage)
    }

    private mutating func skipSpace() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return position >= characters.count
        }
    }

    private mutating func take(_ symbol: String) -> Bool {
        skipSpace()
        guard characters[position...].starts(with: symbol) else { return false }
        position += symbol.count
        return true
    }

    /// A bare word; nothing is taken where there is none.
    mutating func word() -> String? {
        skipSpace()
        let start = position
        while position < characters.count,
            characters[position].isLetter || characters[position].isNumber || "_.-/".contains(characters[position])
        { position += 1 }
        return position > start ? String(characters[start..<position]) : nil
    }

    private mutating func keyword(_ name: String) -> Bool {
        let start = position
        if let found = word(), found.uppercased() == name { return true }
        position = start
        return false
    }

    private mutating func quoted(_ quotes: String) throws -> String? {
        skipSpace()
        guard position < characters.count, quotes.contains(characters[position]) else { return nil }
        let quote = characters[position], start = position + 1
        guard let end = characters[start...].firstIndex(of: quote) else {
            throw failure("found a quotation that does not end")
        }
        position = end + 1
        return String(characters[start..<end])
    }

    /// `entity.key`, `entity.\`any key\``, or an attribute by its bare name.
    mutating func identifier() throws -> (FilterExpression.Entity, String) {
        if let key = try quoted("`\"") { return (.attribute, key) }
        guard let found = word() else { throw failure("found no name") }
        guard let dot = found.firstIndex(of: ".") else { return (.attribute, found) }
        let prefix = String(found[..<dot]), rest = String(found[found.index(after: dot)...])
        guard let entity = FilterExpression.Entity(word: prefix) else {
            throw failure("found '\(prefix)', expected one of metrics, params, tags, attributes")
        }
        if rest.isEmpty {
            guard let key = try quoted("`\"") else { throw failure("found no name after '\(prefix).'") }
            return (entity, key)
        }
        return (entity, rest)
    }

    mutating func clauses() throws -> [FilterExpression.Clause] {
        var out: [FilterExpression.Clause] = []
        while keyword("AND") {}
        while !isAtEnd {
            out.append(try clause())
            // SQLite nests what AND joins, and stops at a thousand levels.
            guard out.count <= 200 else { throw failure("found more than 200 clauses") }
            if isAtEnd { break }
            guard keyword("AND") else { throw failure("found no AND between clauses") }
            while keyword("AND") {}
        }
        return out
    }

    private mutating func clause() throws -> FilterExpression.Clause {
        let (entity, key) = try identifier()
        func made(_ comparison: FilterExpression.Comparison, _ value: FilterExpression.Value) -> FilterExpression.Clause
        {
            FilterExpression.Clause(entity: entity, key: key, comparison: comparison, value: value)
        }
        if keyword("IS") {
            let isNegated = keyword("NOT")
            guard keyword("NULL") else { throw failure("found no NULL after IS") }
            return made(isNegated ? .isNotNull : .isNull, .none)
        }
        let isNegated = keyword("NOT")
        if keyword("IN") {
            return made(isNegated ? .noneOf : .oneOf, .list(try list()))
        }
        if isNegated { throw failure("found no IN after NOT") }
        for comparison in [FilterExpression.Comparison.like, .ilike] where keyword(comparison.rawValue) {
            guard let value = try quoted("'\"") else {
                throw failure("found no quoted text after \(comparison.rawValue)")
            }
            return made(comparison, .text(value))
        }
        // Longer symbols first.
        for comparison in [
            FilterExpression.Comparison.notEqual, .greaterOrEqual, .lessOrEqual, .equal, .greater, .less,
        ] where take(comparison.rawValue) {
            return made(comparison, try value())
        }
        throw failure("found no comparison after '\(key)'")
    }

    private mutating func list() throws -> [String] {
        guard take("(") else { throw failure("found no '(' after IN") }
        var out: [String] = []
        repeat {
            guard let item = try quoted("'\"") else { throw failure("found no quoted text in the list") }
            out.append(item)
            // SQLite takes 32,766 values in one statement.
            guard out.count <= 10_000 else { throw failure("found more than 10,000 values in a list") }
        } while take(",")
        guard take(")") else { throw failure("found no ')' at the end of the list") }
        return out
    }

    private mutating func value() throws -> FilterExpression.Value {
        if let text = try quoted("'\"") { return .text(text) }
        skipSpace()
        let start = position
        while position < characters.count, "+-.0123456789eE".contains(characters[position]) { position += 1 }
        guard let number = Double(String(characters[start..<position])) else {
            position = start
            throw failure("found no number or quoted text")
        }
        return .number(number)
    }
}
