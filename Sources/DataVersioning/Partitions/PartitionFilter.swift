import Basics

/// Which partitions are meant: `date>=2024-03 and symbol IN ('AAPL', 'BRK.B')`.
///
///     filter := clause { AND clause }
///     clause := field op value | field [NOT] IN (value, …)
///     op     := = != < <= > >=
///
/// A time that is less precise than the field stands for its whole span: `date=2024-03` are all days of March,
/// `date<=2024` all days up to the end of the year. Numbers are compared as numbers, texts byte by byte and only for
/// equality, so that `symbol>5` is refused rather than answered.
package struct PartitionFilter: Sendable, Equatable {
    enum Comparison: String, Sendable {
        case equal = "=", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        case oneOf = "IN", noneOf = "NOT IN"
    }

    struct Clause: Sendable, Equatable {
        var field: String
        var comparison: Comparison
        var values: [String]
    }

    package let text: String
    let clauses: [Clause]

    /// - Throws: ``Failure`` with code `partition.filter`.
    package init(_ text: String) throws {
        self.text = text
        var parser = try PartitionFilterParser(text)
        clauses = try parser.clauses()
    }

    /// Several `--where` are all to hold.
    ///
    /// - Throws: ``Failure`` with code `partition.filter`.
    package init?(all texts: [String]) throws {
        guard !texts.isEmpty else { return nil }
        try self.init(texts.joined(separator: " and "))
    }

    /// Checks that the fields exist and that the values are of their types.
    ///
    /// - Throws: ``Failure`` with code `partition.filter`, which names the nearest field.
    package func check(_ pattern: PartitionPattern) throws {
        for clause in clauses {
            guard let kind = pattern.kind(of: clause.field) else {
                throw Failure(
                    "partition.filter",
                    "found the field '\(clause.field)' in '\(text)', expected one of "
                        + pattern.names.joined(separator: ", "),
                    hint: NearestName.of(clause.field, in: pattern.names).map { "do you mean '\($0)'?" }
                        ?? "the pattern is \(pattern.text)")
            }
            for value in clause.values {
                guard PartitionFilter.isValid(value, kind, clause.comparison) else {
                    throw Failure(
                        "partition.filter",
                        "found '\(clause.field) \(clause.comparison.rawValue) \(value)' in '\(text)', expected "
                            + PartitionFilter.expectation(kind),
                        hint: "the pattern is \(pattern.text)")
                }
            }
        }
    }

    /// Whether a partition is meant; the filter was checked against its pattern.
    package func matches(_ key: PartitionKey) -> Bool {
        clauses.allSatisfy { clause in
            guard let value = key[clause.field] else { return false }
            switch clause.comparison {
            case .oneOf: return clause.values.contains { PartitionFilter.holds(value, .equal, $0) }
            case .noneOf: return clause.values.allSatisfy { PartitionFilter.holds(value, .notEqual, $0) }
            default: return clause.values.allSatisfy { PartitionFilter.holds(value, clause.comparison, $0) }
            }
        }
    }

    private static func isValid(_ value: String, _ kind: PartitionPattern.Kind, _ comparison: Comparison) -> Bool {
        switch kind {
        case .text: [.equal, .notEqual, .oneOf, .noneOf].contains(comparison) && !value.isEmpty
        case .integer: Int(value) != nil
        case .time(let parts): PartitionInterval(value).map { $0.precision <= parts.precision } ?? false
        }
    }

    private static func expectation(_ kind: PartitionPattern.Kind) -> String {
        switch kind {
        case .text: "= or != or IN, since the field is text"
        case .integer: "a number"
        case .time(let parts):
            "a time such as "
                + ["2024", "2024-03", "2024-03-01", "2024-03-01T09", "2024-03-01T09:30", "2024-03-01T09:30:15"]
                .prefix(parts.precision).joined(separator: ", ") + ", no finer than the field"
        }
    }

    private static func holds(_ value: PartitionValue, _ comparison: Comparison, _ operand: String) -> Bool {
        switch value {
        case .text(let text): return (text.utf8.elementsEqual(operand.utf8)) == (comparison == .equal)
        case .number(let number):
            guard let other = Int(operand) else { return false }
            return compare(number, number, other, other, comparison)
        case .time(let days, let seconds, _):
            guard let interval = PartitionInterval(operand) else { return false }
            let moment = days * 86_400 + seconds
            return compare(moment, moment, interval.first, interval.last, comparison)
        }
    }

    /// A value against a span, both ends of which belong to it.
    private static func compare(_ low: Int, _ high: Int, _ first: Int, _ last: Int, _ comparison: Comparison) -> Bool {
        switch comparison {
        case .equal, .oneOf: low >= first && high <= last
        case .notEqual, .noneOf: !(low >= first && high <= last)
        case .less: high < first
        case .lessOrEqual: high <= last
        case .greater: low > last
        case .greaterOrEqual: low >= first
        }
    }
}

extension [PartitionPattern.TimePart] {
    /// 1 for a year, 2 for a month, 3 for a day, up to 6 for a second.
    var precision: Int {
        reduce(1) { finest, part in
            guard case .number(let letter) = part else { return finest }
            return Swift.max(
                finest, ["Y": 1, "m": 2, "d": 3, "j": 3, "H": 4, "M": 5][Character(UnicodeScalar(letter))] ?? 6)
        }
    }
}

extension PartitionPattern {
    func kind(of field: String) -> Kind? {
        for case .field(let name, let kind) in parts where name == field { return kind }
        return nil
    }
}

/// The span of seconds that `2024`, `2024-03`, `2024-03-01`, `2024-03-01T09:30` or `…:15` says; both ends belong to it.
struct PartitionInterval: Equatable {
    var first: Int
    var last: Int
    /// 1 for a year, 2 for a month, 3 for a day, up to 6 for a second.
    var precision: Int

    init?(_ text: String) {
        let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        let widths = [4, 2, 2]
        guard (1...3).contains(parts.count), zip(parts, widths).allSatisfy({ $0.utf8.count == $1 }),
            halves.count == 1 || parts.count == 3
        else { return nil }
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(part) : nil
        }
        guard numbers.count == parts.count, (1678...2261).contains(numbers[0]) else { return nil }
        let day = CivilDate(
            year: numbers[0], month: numbers.count > 1 ? numbers[1] : 1, day: numbers.count > 2 ? numbers[2] : 1)
        guard day.isValid else { return nil }
        let next =
            switch numbers.count {
            case 1: CivilDate(year: day.year + 1, month: 1, day: 1).daysSince1970
            case 2: CivilDate(year: day.year + day.month / 12, month: day.month % 12 + 1, day: 1).daysSince1970
            default: day.daysSince1970 + 1
            }
        first = day.daysSince1970 * 86_400
        last = next * 86_400 - 1
        precision = numbers.count
        guard halves.count == 2 else { return }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        let times = clock.compactMap { $0.utf8.count == 2 ? UInt8($0).map(Int.init) : nil }
        guard (1...3).contains(clock.count), times.count == clock.count, times[0] < 24,
            times.dropFirst().allSatisfy({ $0 < 60 })
        else { return nil }
        let spans = [3600, 60, 1]
        first += zip(times, spans).reduce(0) { $0 + $1.0 * $1.1 }
        last = first + spans[times.count - 1] - 1
        precision = 3 + times.count
    }
}
