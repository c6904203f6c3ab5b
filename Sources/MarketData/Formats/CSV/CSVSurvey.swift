import Basics
import Tables

/// One pass over all rows of a file: whether they mean what their columns are called, how long bars are, and how many
/// decimals keep their numbers.
struct CSVSurvey {
    let path: String
    let layout: CSVLayout
    private var reader: CSVRowReader

    /// What is known of an instrument.
    struct Instrument {
        var last: CSVRowReader.Moment
        var isUp = false, isDown = false
        var firstLine: Int
    }

    private(set) var rows = 0
    private(set) var instruments: [String: Instrument] = [:]
    private(set) var prices = CSVScale()
    private(set) var sizes = CSVScale()
    private(set) var cadence = CSVCadence()
    private(set) var sessions = CSVSessions()
    /// Rows without a price, with high or low inside the body, with a negative volume or price.
    private(set) var empty = 0, broken = 0, negative = 0, crossed = 0
    private(set) var firstBroken = "", firstNegative = "", firstEmpty = "", firstCrossed = ""
    private(set) var abbreviated = 0, currencies = 0
    /// Of rows without names: steps from close to the next open, and as if open and close were changed.
    private(set) var forward = 0.0, backward = 0.0
    private var before: (open: Double, close: Double)?
    /// Where an instrument's rows turn around.
    private(set) var turn: (line: Int, instrument: String)?
    private(set) var repeated: (line: Int, instrument: String)?
    /// From the end of the first bar, where a column says it.
    private(set) var closeStep: Int64?
    private(set) var isDescending = false
    /// Whether all stamps are midnights of the wall clock.
    private(set) var onMidnight = true
    private(set) var endsWithNewline = true
    private(set) var comments = 0

    init(path: String, layout: CSVLayout, rules: CSVRules, zone: String?) throws {
        (self.path, self.layout) = (path, layout)
        reader = try CSVRowReader(path: path, layout: layout, rules: rules, zone: zone)
    }

    /// - Throws: ``Failure`` for the first row that is not as the others.
    mutating func run(_ records: CSVRecords) throws {
        for _ in 0..<layout.headerRecords { _ = try records.next() }
        while try records.next() { try row(records) }
        endsWithNewline = records.endsWithNewline
        comments = records.comments
        sessions.close()
    }

    private mutating func row(_ record: CSVRecords) throws {
        guard record.count == layout.width else { throw CSVSurvey.width(record, layout.width) }
        rows += 1
        let moment = try reader.time(record)
        try order(moment, record)
        if let column = layout.closeTime, closeStep == nil {
            let end = try reader.time(record, column)
            // The last moment of a bar, or the first one behind it.
            let step = end.time.saturatingMinus(moment.time)
            closeStep = step > 0 ? step : nil
        }
        sessions.add(moment.local)
        if moment.local % 86_400_000_000_000 != 0 { onMidnight = false }
        for group in layout.groups {
            switch layout.kind {
            case .bars: try bar(record, group)
            default: try others(record, group)
            }
        }
    }

    static func width(_ record: CSVRecords, _ width: Int) -> Failure {
        Failure(
            "data.cell", "\(record.place(0)): found \(record.count) cells, expected \(width)",
            hint: record.count < width
                ? "the file may be cut short: fetch it again, or remove the line"
                : "look for a separator inside a cell, and quote it")
    }

    private mutating func order(_ moment: CSVRowReader.Moment, _ record: CSVRecords) throws {
        let name = layout.symbol.map { record.text($0) } ?? ""
        if layout.symbol != nil, name.isEmpty {
            throw reader.fault(record, layout.symbol ?? 0, expected: "an instrument", hint: "fill in the column")
        }
        guard var known = instruments[name] else {
            instruments[name] = Instrument(last: moment, firstLine: record.line)
            return
        }
        var moment = moment
        if moment.time <= known.last.time, !known.isDown, let second = reader.second(of: moment),
            second.time > known.last.time
        {
            moment = second
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

/// First and last time of day of the rows of each day, on the wall clock of the file.
struct CSVSessions {
    private static let day: Int64 = 86_400_000_000_000
    private var currentDay = Int64.min
    private var range: (first: Int64, last: Int64) = (0, 0)
    private var firsts: [Int64: Int] = [:], lasts: [Int64: Int] = [:]
    private(set) var days = 0

    @inline(__always)
    mutating func add(_ local: Nanoseconds) {
        let day = local >= 0 ? local / CSVSessions.day : (local - CSVSessions.day + 1) / CSVSessions.day
        let clock = local - day * CSVSessions.day
        if day == currentDay {
            range = (min(range.first, clock), max(range.last, clock))
            return
        }
        close()
        currentDay = day
        range = (clock, clock)
    }

    mutating func close() {
        guard currentDay != .min else { return }
        days += 1
        if firsts.count < 4096 { firsts[range.first, default: 0] += 1 }
        if lasts.count < 4096 { lasts[range.last, default: 0] += 1 }
        currentDay = .min
    }

    /// The commonest first and last time of day, and the share of days that have the rarer of them.
    var usual: (first: Int64, last: Int64, share: Double)? {
        guard days > 0, let first = firsts.max(by: { $0.value < $1.value }),
            let last = lasts.max(by: { $0.value < $1.value })
        else { return nil }
        return (first.key, last.key, Double(min(first.value, last.value)) / Double(days))
    }
}
