import Basics
import Tables

/// What the times of a column are.
enum TimeColumn: Equatable {
    case stamp(ColumnType.Unit)
    /// The clock of a place that the file does not say.
    case wallClock(ColumnType.Unit)
    /// Numbers since 1970 whose unit their size says.
    case number
    case date
    case text

    /// - Returns: nil for a type that holds no times.
    init?(_ type: ColumnType) {
        switch type {
        case .timestamp(let unit, true): self = .stamp(unit)
        case .timestamp(let unit, false): self = .wallClock(unit)
        case .int64, .uint64: self = .number
        case .date: self = .date
        case .text: self = .text
        default: return nil
        }
    }
}

extension TimeColumn {
    /// Whether a time that is written out says its zone: `2025-05-12T09:30:00Z`, `2025-05-12 09:30:00+02:00`.
    static func namesZone(_ text: String) -> Bool {
        text.utf8.count >= 17 && (text.hasSuffix("Z") || text.suffix(6).contains { "+-".contains($0) })
    }
}

/// Times of one column in nanoseconds UTC.
struct TimeCells {
    private let kind: TimeColumn
    private let values: ColumnVector
    private var zone: ExchangeZone

    /// - Parameter zone: of wall clocks, of days and of text that names none.
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    init(_ vector: ColumnVector, _ kind: TimeColumn, zone: String) throws {
        (values, self.kind) = (vector, kind)
        self.zone = try ExchangeZone(zone)
    }

    /// - Parameter unit: of numbers; found by the first and the same for all.
    /// - Returns: nil for an empty cell and for what is no time.
    mutating func time(_ row: Int, unit: inout ColumnType.Unit?) -> Nanoseconds? {
        guard values.validity[row] else { return nil }
        switch (kind, values.values) {
        case (.stamp(let unit), .int64(let values)): return values[row].times(unit.nanoseconds)
        case (.wallClock(let unit), .int64(let values)):
            return values[row].times(unit.nanoseconds).map { zone.utc($0) }
        case (.number, .int64(let values)): return number(values[row], &unit)
        case (.number, .uint64(let values)): return Int64(exactly: values[row]).flatMap { number($0, &unit) }
        case (.date, .int64(let values)): return values[row].times(86_400_000_000_000).map { zone.utc($0) }
        case (.text, .text(let text)):
            return Array(text[row].utf8).withUnsafeBufferPointer { BarTimeText.parse($0, zone: &zone) }
        default: return nil
        }
    }

    private func number(_ value: Int64, _ unit: inout ColumnType.Unit?) -> Nanoseconds? {
        guard let found = TimeUnit.of(value), unit == nil || unit == found else { return nil }
        unit = found
        return value.times(found.nanoseconds)
    }
}
