import Basics
import Tables

/// How numbers and times of a file are to be read.
struct CSVRules: Equatable {
    var style = CSVNumberStyle.point
    var dayFirst = false
    /// Of times that are numbers, in nanoseconds.
    var unit: Int64 = 0
    var hasOffset = false
    /// Digits of a time of day that stands in its own column without marks; 0 where it has marks.
    var clockDigits = 0
}

/// What the cells of a file look like, whatever they mean.
struct CSVSyntax {
    private let layout: CSVLayout
    private let options: CSVOptions
    private let path: String
    private(set) var rows = 0
    private var rejects: [CSVNumberStyle: Int] = [:]
    /// A cell that both styles read, as different numbers.
    private var ambiguous: (text: String, place: String)?
    private var ambiguousIsComma = false
    /// Prices, and any numbers, of four digits and more that are not grouped.
    private var ungroupedPrices = 0, ungrouped = 0
    private var shapes: Set<CSVStamp.Shape> = []
    private var greatestFirst = 0, greatestSecond = 0
    private var firstDate: (text: String, place: String)?
    private var stamps = 0, offsets = 0, clocks = 0
    private var units: Set<Int64> = []
    /// Stamps of ten digits that may be a date and an hour.
    private var tenDigitDates = 0
    private var clockWidths: Set<Int> = []
    private var greatestClock: Int64 = 0
    /// Most decimals of prices and sizes in each style.
    private var decimals: [CSVNumberStyle: (price: Int, size: Int)] = [.point: (0, 0), .comma: (0, 0)]

    init(_ layout: CSVLayout, path: String, options: CSVOptions) {
        (self.layout, self.path, self.options) = (layout, path, options)
    }

    /// Looks at a row; rows of another width are left to the survey.
    mutating func look(_ record: CSVRecords) {
        guard record.count == layout.width else { return }
        rows += 1
        for column in layout.priceColumns { number(record, column, isPrice: true) }
        for column in layout.sizeColumns { number(record, column, isPrice: false) }
        time(record)
    }

    private mutating func number(_ record: CSVRecords, _ column: Int, isPrice: Bool) {
        let bytes = record.bytes(column)
        if CSVNumber.isEmpty(bytes) { return }
        let point = try? CSVNumber.parse(bytes, .point), comma = try? CSVNumber.parse(bytes, .comma)
        if point == nil { rejects[.point, default: 0] += 1 }
        if comma == nil { rejects[.comma, default: 0] += 1 }
        count(point, .point, isPrice)
        count(comma, .comma, isPrice)
        if let point, let comma, point.mantissa != comma.mantissa || point.decimals != comma.decimals {
            if ambiguous == nil {
                ambiguous = (record.text(column), record.place(column))
                ambiguousIsComma = bytes.contains(UInt8(ascii: ","))
            }
        } else if let number = point ?? comma, number.longestRun >= 4 {
            ungrouped += 1
            if isPrice { ungroupedPrices += 1 }
        }
    }

    private mutating func count(_ number: CSVNumber?, _ style: CSVNumberStyle, _ isPrice: Bool) {
        guard let number, var known = decimals[style] else { return }
        if isPrice {
            known.price = max(known.price, number.decimals)
        } else {
            known.size = max(known.size, number.decimals)
        }
        decimals[style] = known
    }

    /// Most decimals of prices and sizes in the rows that were looked at.
    func scales(_ rules: CSVRules) -> (price: Int, size: Int) { decimals[rules.style] ?? (0, 0) }

    private mutating func time(_ record: CSVRecords) {
        guard let stamp = CSVStamp.parse(record.bytes(layout.time.date)) else { return }
        stamps += 1
        shapes.insert(stamp.shape)
        if stamp.shape == .yearLast {
            greatestFirst = max(greatestFirst, stamp.first)
            greatestSecond = max(greatestSecond, stamp.second)
            if firstDate == nil { firstDate = (record.text(layout.time.date), record.place(layout.time.date)) }
        }
        if stamp.shape == .number, let unit = CSVStamp.unit(of: stamp.number) {
            units.insert(unit)
            if firstDate == nil { firstDate = (record.text(layout.time.date), record.place(layout.time.date)) }
            if stamp.digitCount == 10 { countTenDigits(stamp.number.mantissa) }
        }
        if stamp.clock != nil || stamp.shape == .number { clocks += 1 }
        if stamp.offset != nil { offsets += 1 }
        if let column = layout.time.clock {
            let bytes = record.bytes(column)
            if bytes.allSatisfy({ $0 >= 48 && $0 <= 57 }), bytes.count <= 6 {
                clockWidths.insert(bytes.count)
                greatestClock = max(greatestClock, Int64(String(decoding: bytes, as: UTF8.self)) ?? 0)
            }
        }
    }

    private mutating func countTenDigits(_ value: Int64) {
        let date = CivilDate(
            year: Int(value / 1_000_000), month: Int(value / 10_000 % 100), day: Int(value / 100 % 100))
        if date.isValid, value % 100 < 24, (1900...2200).contains(date.year) { tenDigitDates += 1 }
    }

    // MARK: - Conclusions

    private func fault(_ place: String, _ reason: String, _ hint: String) -> Failure {
        Failure("data.ambiguous", "\(place): \(reason)", hint: hint)
    }

    /// - Throws: ``Failure`` with code `data.ambiguous` where two readings are possible.
    func rules(_ inferences: inout [Inference]) throws -> CSVRules {
        var rules = CSVRules()
        rules.style = try style(&inferences)
        try order(&rules, &inferences)
        try unit(&rules, &inferences)
        rules.hasOffset = offsets > 0
        if let clock = layout.time.clock, !clockWidths.isEmpty {
            rules.clockDigits = clockWidths.contains(6) || clockWidths.contains(5) || greatestClock > 2359 ? 6 : 4
            inferences.append(
                Inference(
                    "clock", rules.clockDigits == 6 ? "HHMMSS" : "HHMM",
                    evidence: "the greatest number in column '\(layout.name(clock))' is \(greatestClock)",
                    confidence: 0.95))
        }
        return rules
    }

    private func style(_ inferences: inout [Inference]) throws -> CSVNumberStyle {
        if let mark = options.decimalMark { return mark == "," ? .comma : .point }
        let point = rejects[.point] ?? 0, comma = rejects[.comma] ?? 0
        if point > 0 || comma > 0 {
            let style: CSVNumberStyle = comma < point ? .comma : .point
            if style == .comma {
                inferences.append(
                    Inference(
                        "decimalMark", ",", evidence: "\(point) cells are numbers only with a decimal comma",
                        confidence: 0.99))
            }
            return style
        }
        guard let ambiguous else { return .point }
        let hint = "say which it is with decimalMark: \".\" or decimalMark: \",\""
        let reason =
            "found '\(Escaping.terminal(ambiguous.text))', which is one number with a decimal comma and another with "
            + "a decimal point, and no cell of the file says which"
        if ambiguousIsComma {
            guard ungroupedPrices > 0 else { throw fault(ambiguous.place, reason, hint) }
            inferences.append(
                Inference(
                    "decimalMark", ",", evidence: "numbers of four digits and more are not grouped", confidence: 0.9))
            return .comma
        }
        guard ungrouped > 0 else { throw fault(ambiguous.place, reason, hint) }
        inferences.append(
            Inference(
                "decimalMark", ".", evidence: "numbers of four digits and more are not grouped", confidence: 0.97))
        return .point
    }

    private func order(_ rules: inout CSVRules, _ inferences: inout [Inference]) throws {
        guard shapes.contains(.yearLast), let firstDate else { return }
        if let order = options.dateOrder {
            rules.dayFirst = order == .dayFirst
            return
        }
        let text = Escaping.terminal(firstDate.text)
        if greatestFirst > 12, greatestSecond > 12 {
            throw fault(
                firstDate.place, "found '\(text)' among dates of which some have a day in front and some the month",
                "write all dates in one order, best as 2024-01-31")
        }
        guard greatestFirst > 12 || greatestSecond > 12 else {
            let parts = text.split { !$0.isNumber }.prefix(3).map(String.init)
            let names =
                parts.count == 3
                ? " (\(parts[2])-\(two(parts[0]))-\(two(parts[1])) or \(parts[2])-\(two(parts[1]))-\(two(parts[0])))"
                : ""
            throw fault(
                firstDate.place,
                "found '\(text)', which is one day with the month first and another with the day first\(names), and no "
                    + "date of the file has a day beyond 12",
                "say which it is with dateOrder: mdy or dateOrder: dmy")
        }
        rules.dayFirst = greatestFirst > 12
        inferences.append(
            Inference(
                "dateOrder", (rules.dayFirst ? CSVOptions.DateOrder.dayFirst : .monthFirst).rawValue,
                evidence: "the \(rules.dayFirst ? "first" : "second") number of a date reaches "
                    + "\(max(greatestFirst, greatestSecond))", confidence: 0.99))
    }

    private func two(_ text: String) -> String { text.count == 1 ? "0" + text : text }

    private func unit(_ rules: inout CSVRules, _ inferences: inout [Inference]) throws {
        guard shapes.contains(.number), let firstDate, let unit = units.first else { return }
        let names: [Int64: String] = [
            1_000_000_000: "seconds", 1_000_000: "milliseconds", 1000: "microseconds", 1: "nanoseconds",
        ]
        guard units.count == 1 else {
            throw fault(
                firstDate.place,
                "found times in \(units.sorted().compactMap { names[$0] }.joined(separator: " and ")) since 1970 in "
                    + "one file",
                "split the file where the unit changes")
        }
        if tenDigitDates == stamps, Int64(firstDate.text).map({ $0 > 1_900_000_000 }) == true {
            throw fault(
                firstDate.place,
                "found '\(Escaping.terminal(firstDate.text))', which may be seconds since 1970 or a date with an hour",
                "write the times as 2024-01-31 09:00")
        }
        rules.unit = unit
        inferences.append(
            Inference(
                "timeUnit", names[unit] ?? "",
                evidence: "'\(Escaping.terminal(firstDate.text))' is a time of 1973 to 2200 in no other unit",
                confidence: 0.99))
    }

    /// Whether something in these rows says each of the rules, so that the others need only be checked.
    var isDecided: Bool {
        var ignored: [Inference] = []
        return stamps > 0 && (try? rules(&ignored)) != nil
    }

    /// Whether a cell of these rows says what decimals and groups of digits are parted by.
    var hasStyle: Bool { options.decimalMark != nil || !rejects.isEmpty || ambiguous != nil }

    /// Whether some dates have a time of day and some none.
    var mixesDatesAndTimes: Bool { layout.time.clock == nil && clocks > 0 && clocks < stamps }
}
