import Basics

/// How the values of a column are stored.
struct ParquetStorage {
    /// 0 bool, 1 int32, 2 int64, 4 float, 5 double, 6 bytes.
    let physical: Int
    /// What every value is multiplied by: seconds have no unit in the format.
    var factor: Int64 = 1
    var isFloating: Bool { physical == 4 || physical == 5 }

    /// - Throws: ``Failure`` with code `file.parquet` for a type that the format has not.
    init(_ field: Field) throws {
        switch field.type {
        case .bool: physical = 0
        case .int64, .uint64: physical = 2
        case .float32: physical = 4
        case .float64: physical = 5
        case .text, .binary: physical = 6
        case .date, .null: physical = 1
        case .timestamp(let unit, _):
            physical = 2
            factor = unit == .second ? 1000 : 1
        case .timeOfDay(let unit):
            physical = unit == .second || unit == .millisecond ? 1 : 2
            factor = unit == .second ? 1000 : 1
        case .decimal(let scale):
            guard (0...ParquetStorage.mostDigits).contains(scale) else {
                throw Failure(
                    "file.parquet", "cannot write the column '\(field.name)' with \(scale) decimals as Parquet",
                    hint: "round it to at most \(ParquetStorage.mostDigits) decimals")
            }
            physical = 2
        }
    }

    /// Digits of a decimal that the format keeps in 64 bits.
    static let mostDigits = 18

    /// A node of the schema with name, type and annotations.
    func write(_ field: Field, to writer: inout ThriftWriter) {
        writer.structure { writer in
            writer.int32(1, physical)
            writer.int32(3, field.isOptional ? 1 : 0)
            writer.binary(4, Array(field.name.utf8))
            switch field.type {
            case .bool, .int64, .float32, .float64, .binary: break
            case .uint64:
                writer.int32(6, 14)
                writer.structure(10) { writer in
                    writer.structure(10) { writer in
                        writer.int8(1, 64)
                        writer.bool(2, false)
                    }
                }
            case .text: annotate(&writer, converted: 0, logical: 1)
            case .date: annotate(&writer, converted: 6, logical: 6)
            case .null: annotate(&writer, converted: nil, logical: 11)
            case .timestamp(let unit, let isUTC):
                // The older annotations mean UTC.
                let converted: Int? = !isUTC ? nil : unit == .microsecond ? 10 : unit == .nanosecond ? nil : 9
                if let converted { writer.int32(6, converted) }
                writer.structure(10) { $0.structure(8) { time(&$0, unit, isUTC) } }
            case .timeOfDay(let unit): writer.structure(10) { $0.structure(7) { time(&$0, unit, false) } }
            case .decimal(let scale):
                writer.int32(6, 5)
                writer.int32(7, scale)
                writer.int32(8, ParquetStorage.mostDigits)
                writer.structure(10) { writer in
                    writer.structure(5) { writer in
                        writer.int32(1, scale)
                        writer.int32(2, ParquetStorage.mostDigits)
                    }
                }
            }
        }
    }

    private func annotate(_ writer: inout ThriftWriter, converted: Int?, logical: Int) {
        if let converted { writer.int32(6, converted) }
        writer.structure(10) { $0.structure(logical) { _ in } }
    }

    private func time(_ writer: inout ThriftWriter, _ unit: ColumnType.Unit, _ isUTC: Bool) {
        writer.bool(1, isUTC)
        let number = unit == .nanosecond ? 3 : unit == .microsecond ? 2 : 1
        writer.structure(2) { $0.structure(number) { _ in } }
    }
}

/// Least and greatest value of a column in a row group, as the format has them: NaN is left out, and a zero is written
/// with the sign that no zero is beyond.
struct ParquetStatistics {
    private(set) var nulls = 0
    private var integers: (least: Int64, most: Int64)?
    private var unsigned: (least: UInt64, most: UInt64)?
    private var numbers: (least: Double, most: Double)?
    private var bools: (least: Bool, most: Bool)?
    private var texts: (least: [UInt8], most: [UInt8])?

    /// Longer texts are no bounds: they would be larger than what they save.
    private static let mostText = 256

    init() {}

    mutating func add(nulls count: Int) { nulls += count }

    mutating func add(_ value: Int64) {
        guard let bounds = integers else {
            integers = (value, value)
            return
        }
        integers = (min(bounds.least, value), max(bounds.most, value))
    }

    mutating func add(_ value: UInt64) {
        guard let bounds = unsigned else {
            unsigned = (value, value)
            return
        }
        unsigned = (min(bounds.least, value), max(bounds.most, value))
    }

    mutating func add(_ value: Double) {
        guard !value.isNaN else { return }
        guard let bounds = numbers else {
            numbers = (value, value)
            return
        }
        if value < bounds.least { numbers?.least = value }
        if value > bounds.most { numbers?.most = value }
    }

    mutating func add(_ value: Bool) {
        bools = (value && (bools?.least ?? true), value || (bools?.most ?? false))
    }

    mutating func add(_ value: some Collection<UInt8>) {
        guard let bounds = texts else {
            texts = (Array(value), Array(value))
            return
        }
        if value.lexicographicallyPrecedes(bounds.least) { texts?.least = Array(value) }
        if bounds.most.lexicographicallyPrecedes(value) { texts?.most = Array(value) }
    }

    /// Writes them as the structure of a field.
    func write(_ id: Int, _ storage: ParquetStorage, to writer: inout ThriftWriter) {
        writer.structure(id) { writer in
            writer.int64(3, nulls)
            guard let (least, most) = bounds(storage) else { return }
            writer.binary(5, most)
            writer.binary(6, least)
        }
    }

    private func bounds(_ storage: ParquetStorage) -> (least: [UInt8], most: [UInt8])? {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        if let bools { return ([bools.least ? 1 : 0], [bools.most ? 1 : 0]) }
        if let unsigned { return (bytes(unsigned.least), bytes(unsigned.most)) }
        if let integers {
            if storage.physical == 1 {
                return (
                    bytes(Int32(truncatingIfNeeded: integers.least)), bytes(Int32(truncatingIfNeeded: integers.most))
                )
            }
            return (bytes(integers.least), bytes(integers.most))
        }
        if let numbers {
            let least = numbers.least == 0 ? -0.0 : numbers.least, most = numbers.most == 0 ? 0 : numbers.most
            if storage.physical == 4 { return (bytes(Float(least).bitPattern), bytes(Float(most).bitPattern)) }
            return (bytes(least.bitPattern), bytes(most.bitPattern))
        }
        if let texts, texts.least.count <= Self.mostText, texts.most.count <= Self.mostText {
            return (texts.least, texts.most)
        }
        return nil
    }
}
