import Basics

/// Cells of tables as text.
package enum ColumnText {
    /// A cell for people and files: times in UTC, prices and sizes with their decimals; empty where there is no value.
    package static func cell(_ vector: ColumnVector, _ type: ColumnType, _ row: Int) -> String {
        guard vector.validity[row] else { return "" }
        switch vector.values {
        case .bool(let values): return values[row] ? "true" : "false"
        case .int64(let values): return text(values[row], type)
        case .uint64(let values): return String(values[row])
        case .float64(let values): return values[row].description
        case .text(let text): return text[row]
        case .binary(let values): return Digest.hex(values[row])
        case .null: return ""
        }
    }

    private static func text(_ value: Int64, _ type: ColumnType) -> String {
        switch type {
        case .timestamp(let unit, let isUTC):
            let (time, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
            if overflow { return String(value) }
            return isUTC ? TimeText.utc(time) : TimeText.wallClock(time)
        case .date: return CivilDate(daysSince1970: Int(value)).description
        case .decimal(let scale) where (0...18).contains(scale): return FixedPoint.text(value, decimals: scale)
        default: return String(value)
        }
    }
}
