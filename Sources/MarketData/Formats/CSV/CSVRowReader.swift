import Basics
import Tables

/// Takes the cells of a row for what they are.
struct CSVRowReader {
    let path: String
    let layout: CSVLayout
    let rules: CSVRules
    private var zone: ExchangeZone?
    private var shape: CSVStamp.Shape?

    init(path: String, layout: CSVLayout, rules: CSVRules, zone: String?) throws {
        (self.path, self.layout, self.rules) = (path, layout, rules)
        self.zone = try zone.map { try ExchangeZone($0) }
    }

    /// A time of a row.
    struct Moment {
        /// Nanoseconds UTC; wall clock where nobody says the zone.
        var time: Nanoseconds
        /// As the wall clock shows it, where the row says so.
        var local: Nanoseconds
    }

    func fault(_ record: CSVRecords, _ column: Int, expected: String, hint: String) -> Failure {
        Failure(
            "data.cell",
            "\(record.place(column)): found '\(Escaping.terminal(String(record.text(column).prefix(60))))' in column "
                + "'\(layout.name(column))', expected \(expected)", hint: hint)
    }

    /// - Throws: ``Failure`` with code `data.cell`.
    mutating func time(_ record: CSVRecords) throws -> Moment { try time(record, layout.time.date) }

    mutating func time(_ record: CSVRecords, _ column: Int) throws -> Moment {
        guard let stamp = CSVStamp.parse(record.bytes(column)), let moment = moment(stamp, record, column) else {
            throw fault(
                record, column, expected: "a time such as 2025-05-12 09:30:00 or 1747042200",
                hint: "correct or remove the line; a file that was cut short is fetched again")
        }
        if let shape, column == layout.time.date, shape != stamp.shape {
            throw fault(
                record, column, expected: "a time written as in the rows before", hint: "write all times in one way")
        }
        if column == layout.time.date { shape = stamp.shape }
        if stamp.offset != nil, !rules.hasOffset, column == layout.time.date {
            throw fault(
                record, column, expected: "a time without offset as in other rows",
                hint: "write an offset behind all times, or behind none")
        }
        if let offset = stamp.offset { return Moment(time: moment.saturatingMinus(offset), local: moment) }
        if stamp.shape == .number { return Moment(time: moment, local: moment) }
        guard !rules.hasOffset || column != layout.time.date else {
            throw fault(
                record, column, expected: "a zone offset as in other rows", hint: "write an offset behind all times")
        }
        guard var zone, !layout.time.isUTC else { return Moment(time: moment, local: moment) }
        let time = zone.utc(moment)
        guard zone.local(time) == moment else {
            throw fault(
                record, column, expected: "a time that occurs in \(zone.name), where the clock is put forward over it",
                hint: "the zone is another one, or the times are of another zone: name it with zone: NAME")
        }
        self.zone = zone
        return Moment(time: time, local: moment)
    }

    /// When the recorder had a row; nil for an empty cell. A number has the unit that its size says.
    ///
    /// - Throws: ``Failure`` with code `data.cell`.
    mutating func receive(_ record: CSVRecords, _ column: Int) throws -> Nanoseconds? {
        let bytes = record.bytes(column)
        if CSVNumber.isEmpty(bytes) { return nil }
        if let stamp = CSVStamp.parse(bytes), stamp.shape == .number {
            if let unit = CSVStamp.unit(of: stamp.number), let time = CSVStamp.time(stamp.number, unit: unit) {
                return time
            }
            throw fault(
                record, column, expected: "a time of receipt since 1970", hint: "correct the line, or empty the cell")
        }
        return try time(record, column).time
    }

    /// The second of the two moments of a wall clock that is put back, or nil where it has only one.
    mutating func second(of moment: Moment) -> Moment? {
        guard var zone, rules.unit == 0, !rules.hasOffset, !layout.time.isUTC else { return nil }
        for hours in [1, 2] as [Int64] {
            let later = moment.time.saturatingPlus(hours * 3_600_000_000_000 / 2)
            if zone.local(later) == moment.local { return Moment(time: later, local: moment.local) }
        }
        return nil
    }

    /// Nanoseconds of the wall clock, or UTC of a number.
    private func moment(_ stamp: CSVStamp, _ record: CSVRecords, _ column: Int) -> Nanoseconds? {
        if stamp.shape == .number {
            guard rules.unit > 0, CSVStamp.unit(of: stamp.number) == rules.unit else { return nil }
            return CSVStamp.time(stamp.number, unit: rules.unit)
        }
        guard let day = stamp.day(dayFirst: rules.dayFirst) else { return nil }
        var clock = stamp.clock ?? 0
        if column == layout.time.date, let place = layout.time.clock {
            guard stamp.clock == nil, let separate = self.clock(record.bytes(place)) else { return nil }
            clock = separate
        }
        return Int64(day) * 86_400_000_000_000 + clock
    }

    private func clock(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        if bytes.count <= 6, !bytes.isEmpty, bytes.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            let value = bytes.reduce(0) { $0 * 10 + Int($1 - 48) }
            let (hour, minute, second) =
                rules.clockDigits == 6
                ? (value / 10_000, value / 100 % 100, value % 100) : (value / 100, value % 100, 0)
            guard hour < 24, minute < 60, second < 60 else { return nil }
            return Int64(hour * 3600 + minute * 60 + second) * 1_000_000_000
        }
        guard let stamp = CSVStamp.parse(bytes), stamp.shape == .clock else { return nil }
        return stamp.clock
    }

    /// A number, or nil for an empty cell.
    ///
    /// - Throws: ``Failure`` with code `data.cell`.
    @inline(__always)
    func number(_ record: CSVRecords, _ column: Int, isSize: Bool = false) throws -> CSVNumber? {
        let bytes = record.bytes(column)
        if CSVNumber.isEmpty(bytes) { return nil }
        do throws(CSVNumber.Problem) {
            let number = try CSVNumber.parse(bytes, rules.style)
            if number.isAbbreviated, !isSize { throw .notANumber }
            // The greatest number is how Databento writes that there is none.
            if layout.dialect == "Databento", number.mantissa == .max { return nil }
            return number
        } catch {
            throw fault(
                record, column,
                expected: error == .tooManyDigits ? "a number that fits 64 bits" : "a number",
                hint: "correct the line; cells without a value stay empty")
        }
    }
}
