/// What the values of a column are.
package enum ColumnType: Sendable, Equatable {
    /// Length of one unit of a time column.
    package enum Unit: String, CaseIterable, Sendable {
        case second, millisecond, microsecond, nanosecond

        /// Nanoseconds of one unit.
        package var nanoseconds: Int64 {
            switch self {
            case .second: 1_000_000_000
            case .millisecond: 1_000_000
            case .microsecond: 1000
            case .nanosecond: 1
            }
        }
    }

    case bool
    /// Whole numbers of up to 64 bits with a sign, whatever width the file keeps them with.
    case int64
    case uint64
    /// Kept as doubles, which hold every float exactly.
    case float32
    case float64
    case text
    /// Bytes that are not said to be text.
    case binary
    /// Units since 1970-01-01. With `isUTC` an instant; without, the wall clock of a place that the file does not say.
    case timestamp(Unit, isUTC: Bool)
    /// Days since 1970-01-01.
    case date
    /// Units since midnight.
    case timeOfDay(Unit)
    /// Integers of 10^−scale.
    case decimal(scale: Int)
    /// A column without a value.
    case null
}

/// Name and type of a column.
package struct Field: Sendable, Equatable {
    /// As the file has it; need not be unique.
    package let name: String
    /// What the values are.
    package let type: ColumnType
    /// Whether cells may be empty.
    package let isOptional: Bool

    /// A column, whose cells may be empty unless said otherwise.
    package init(_ name: String, _ type: ColumnType, isOptional: Bool = true) {
        (self.name, self.type, self.isOptional) = (name, type, isOptional)
    }
}
