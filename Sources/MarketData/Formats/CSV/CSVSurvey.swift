import Basics
import Tables

/// One pass over all rows of a file: whether they mean what their columns are called, how long bars are, and how many
/// decimals keep their numbers.
struct CSVSurvey {
    let path: String
    let layout: CSVLayout
    let rules: CSVRules
    let zone: String?
    var reader: CSVRowReader

    /// What is known of an instrument.
    struct Instrument {
        var last: CSVRowReader.Moment
        var isUp = false, isDown = false
        var hour = CSVRepeatedHour()
    }

    var rows = 0
    /// Blocks of whole lines, in order of the file.
    var places: [CSVPlace] = []
    /// What was read of the blocks, where it is little enough to be kept.
    var kept: [CSVPlainRows?]?
    var keptBytes = 0
    /// Bytes of a block.
    var blockSize = CSVBlocks.least
    /// Of blocks that are read again.
    var parser: CSVPlainParser?
    var instruments: [String: Instrument] = [:]
    var prices = CSVScale()
    var sizes = CSVScale()
    var cadence = CSVCadence()
    var sessions = CSVSessions()
    /// Rows without a price, with high or low inside the body, with a negative volume or price.
    var empty = 0, broken = 0, negative = 0, crossed = 0
    var firstBroken = "", firstNegative = "", firstEmpty = "", firstCrossed = ""
    var abbreviated = 0, currencies = 0
    /// Of rows without names: steps from close to the next open, and as if open and close were changed.
    var forward = 0.0, backward = 0.0
    var before: (open: Double, close: Double)?
    /// Where an instrument's rows turn around.
    var turn: (line: Int, instrument: String)?
    var repeated: (line: Int, instrument: String)?
    /// From the end of the first bar, where a column says it.
    var closeStep: Int64?
    var isDescending = false
    /// Whether all stamps are midnights of the wall clock.
    var onMidnight = true
    /// Whether all stamps are the last moment of a second, in the unit of the file.
    var onLastMoment = true
    /// Cells with marks between groups of digits.
    var grouped = 0
    var endsWithNewline = true
    var comments = 0

    init(path: String, layout: CSVLayout, rules: CSVRules, zone: String?) throws {
        (self.path, self.layout, self.rules, self.zone) = (path, layout, rules, zone)
        reader = try CSVRowReader(path: path, layout: layout, rules: rules, zone: zone)
    }

    mutating func row(_ record: CSVRecords) throws {
        guard record.count == layout.width else { throw CSVSurvey.width(record, layout.width) }
        rows += 1
        let moment = try reader.time(record)
        try order(moment, record)
        if let column = layout.receive, !record.bytes(column).isEmpty { _ = try reader.receive(record, column) }
        if !CSVSurvey.isLast(moment.time) { onLastMoment = false }
        if let column = layout.closeTime, closeStep == nil { try close(record, column, moment) }
        sessions.add(moment.local)
        if moment.local % 86_400_000_000_000 != 0 { onMidnight = false }
        for group in layout.groups {
            switch layout.kind {
            case .bars: try bar(record, group)
            default: try others(record, group)
            }
        }
    }

    /// The end of the first bar.
    mutating func close(_ record: CSVRecords, _ column: Int, _ moment: CSVRowReader.Moment) throws {
        let end = try reader.time(record, column)
        // The last moment of a bar, or the first one behind it.
        let step = end.time.saturatingMinus(moment.time)
        closeStep = step > 0 ? step : nil
    }

    /// Whether a time is the last moment of a second, in milliseconds, microseconds or nanoseconds.
    static func isLast(_ time: Nanoseconds) -> Bool {
        let rest = time % 1_000_000_000
        return rest == 999_000_000 || rest == 999_999_000 || rest == 999_999_999
    }

    static func width(_ record: CSVRecords, _ width: Int) -> Failure {
        Failure(
            "data.cell", "\(record.place(0)): found \(record.count) cells, expected \(width)",
            hint: record.count < width
                ? "the file may be cut short: fetch it again, or remove the line"
                : "look for a separator inside a cell, and quote it")
    }

    private mutating func order(_ moment: CSVRowReader.Moment, _ record: CSVRecords) throws {
        let name = try layout.symbol.map { try record.name($0) } ?? ""
        if layout.symbol != nil, name.isEmpty {
            throw reader.fault(record, layout.symbol ?? 0, expected: "an instrument", hint: "fill in the column")
        }
        var known = instruments[name] ?? Instrument(last: moment)
        let isFirst = instruments[name] == nil
        let moment = try known.hour.resolve(
            moment, &reader, isBars: layout.kind == .bars, isDown: known.isDown && !known.isUp,
            place: record.place(layout.time.date))
        if isFirst {
            known.last = moment
            instruments[name] = known
            return
        }
        if moment.time == known.last.time, layout.kind == .bars, repeated == nil { repeated = (record.line, name) }
        if moment.time > known.last.time { known.isUp = true }
        if moment.time < known.last.time { known.isDown = true }
        if known.isUp, known.isDown, turn == nil { turn = (record.line, name) }
        if known.isDown { isDescending = true }
        if layout.kind == .bars { cadence.add(moment.local.saturatingMinus(known.last.local), line: record.line) }
        known.last = moment
        instruments[name] = known
    }

    private mutating func bar(_ record: CSVRecords, _ group: CSVLayout.Group) throws {
        var values: [CSVRole: Double] = [:]
        for role in CSVRole.barRoles {
            guard let column = group.columns[role] else { continue }
            guard let number = try reader.number(record, column, isSize: role == .volume) else { continue }
            values[role] = number.value
            if number.isAbbreviated { abbreviated += 1 }
            if number.isGrouped { grouped += 1 }
            if number.hasCurrency { currencies += 1 }
            if role == .volume { sizes.add(number) } else { prices.add(number) }
        }
        if let volume = values[.volume], volume < 0 {
            if negative == 0 { firstNegative = record.place(group.columns[.volume] ?? 0) }
            negative += 1
        }
        guard let open = values[.open], let high = values[.high], let low = values[.low], let close = values[.close]
        else {
            if empty == 0 { firstEmpty = "\(path):\(record.line)" }
            empty += 1
            return
        }
        if high < max(open, close) || low > min(open, close) || high < low {
            if broken == 0 { firstBroken = "\(path):\(record.line)" }
            broken += 1
        }
        if layout.symbol == nil, let before {
            forward += abs(open - before.close)
            backward += abs(close - before.open)
        }
        before = (open, close)
    }

    private mutating func others(_ record: CSVRecords, _ group: CSVLayout.Group) throws {
        var values: [CSVRole: Double] = [:]
        for (role, column) in group.columns where ![.side, .id, .condition].contains(role) {
            let isSize = [.size, .bidSize, .askSize].contains(role)
            guard let number = try reader.number(record, column, isSize: isSize) else { continue }
            values[role] = number.value
            if number.isGrouped { grouped += 1 }
            if isSize { sizes.add(number) } else { prices.add(number) }
            if isSize, number.mantissa < 0 {
                if negative == 0 { firstNegative = record.place(column) }
                negative += 1
            }
        }
        if let bid = values[.bid], let ask = values[.ask], bid > ask, ask > 0 {
            if crossed == 0 { firstCrossed = "\(path):\(record.line)" }
            crossed += 1
        }
    }
}
