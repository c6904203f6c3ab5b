import Basics
import Tables

/// What is found out about plain rows while they are read.
struct CSVPlainSurvey {
    private var rows = CSVPlainRows()
    private(set) var problem = CSVPlainProblem.notPlain
    private var step = CSVPlainRows.Steps(size: 0, count: 0, row: 0)
    private var day = CSVPlainRows.Day(day: .min, first: 0, last: 0)
    private var midnight = Int64.min
    private var greatest: Int64 = 0, least = Int64.max
    private var before: (open: Int64, close: Int64) = (0, 0)

    /// Powers of ten, at most ``CSVPlainParser/mostDecimals``.
    private let powers = CSVPlainSurvey.allPowers
    private nonisolated(unsafe) static let allPowers: UnsafePointer<Int64> = {
        let table = UnsafeMutablePointer<Int64>.allocate(capacity: FixedPoint.powers.count)
        table.initialize(from: FixedPoint.powers, count: FixedPoint.powers.count)
        return UnsafePointer(table)
    }()

    private static let dayLength: Int64 = 86_400_000_000_000

    init(_ priceScale: Int, _ sizeScale: Int) {
        (rows.prices.scale, rows.sizes.scale) = (priceScale, sizeScale)
    }

    /// - Returns: false for a row that is not in order.
    @inline(__always)
    mutating func add(_ moment: CSVPlainTime.Moment, _ row: Int) -> Bool {
        if row == 0 {
            rows.first = .init(time: moment.time, local: moment.local)
        } else {
            let direction = moment.time > rows.last.time ? 1 : moment.time < rows.last.time ? -1 : 0
            if row == 1 { rows.direction = direction }
            guard direction == rows.direction, direction != 0 else { return false }
            let size = moment.local &- rows.last.local
            if size != step.size {
                if step.count > 0 { rows.steps.append(step) }
                step = .init(size: size, count: 0, row: row)
            }
            step.count &+= 1
        }
        rows.last = .init(time: moment.time, local: moment.local)
        var clock = moment.local &- midnight
        if midnight == .min || clock < 0 || clock >= CSVPlainSurvey.dayLength {
            if day.day != .min { rows.days.append(day) }
            let local = moment.local
            let number =
                local >= 0
                ? local / CSVPlainSurvey.dayLength : (local - CSVPlainSurvey.dayLength + 1) / CSVPlainSurvey.dayLength
            midnight = number * CSVPlainSurvey.dayLength
            clock = local - midnight
            day = .init(day: number, first: clock, last: clock)
        } else {
            if clock < day.first { day.first = clock }
            if clock > day.last { day.last = clock }
        }
        if clock != 0 { rows.onMidnight = false }
        return true
    }

    @inline(__always)
    mutating func price(_ cell: CSVPlainCells.Cell, _ place: UnsafePointer<UInt8>) -> Int64? {
        CSVPlainSurvey.scaled(cell, place, &rows.prices, &problem, powers, isPrice: true)
    }

    @inline(__always)
    mutating func size(_ cell: CSVPlainCells.Cell, _ place: UnsafePointer<UInt8>) -> Int64? {
        guard
            let value = CSVPlainSurvey.scaled(cell, place, &rows.sizes, &problem, powers, isPrice: false)
        else { return nil }
        if value > rows.sizes.greatest { rows.sizes.greatest = value }
        if value < rows.sizes.least, value != 0 { rows.sizes.least = value }
        return value
    }

    @inline(__always)
    private static func scaled(
        _ cell: CSVPlainCells.Cell, _ place: UnsafePointer<UInt8>, _ numbers: inout CSVPlainRows.Numbers,
        _ problem: inout CSVPlainProblem, _ powers: UnsafePointer<Int64>, isPrice: Bool
    ) -> Int64? {
        // Zeros at the end are no decimals.
        if cell.decimals > numbers.decimals, place[cell.length &- 1] != 48 { numbers.decimals = cell.decimals }
        if cell.decimals <= numbers.decimals, cell.decimals <= numbers.scale {
            let (product, overflows) = cell.value.multipliedReportingOverflow(
                by: powers[numbers.scale &- cell.decimals])
            return overflows ? nil : product
        }
        return unusual(cell, &numbers, &problem, isPrice: isPrice)
    }

    @inline(never)
    private static func unusual(
        _ cell: CSVPlainCells.Cell, _ numbers: inout CSVPlainRows.Numbers, _ problem: inout CSVPlainProblem,
        isPrice: Bool
    ) -> Int64? {
        var value = cell.value, decimals = cell.decimals
        while decimals > numbers.decimals || decimals > numbers.scale, decimals > 0, value % 10 == 0 {
            value /= 10
            decimals -= 1
        }
        numbers.decimals = max(numbers.decimals, decimals)
        guard decimals <= numbers.scale else {
            problem = .decimals(price: isPrice ? decimals : 0, size: isPrice ? 0 : decimals)
            return nil
        }
        let (product, overflows) = value.multipliedReportingOverflow(by: FixedPoint.powers[numbers.scale - decimals])
        return overflows ? nil : product
    }

    /// - Returns: false for a bar that has a price of 0.
    @inline(__always)
    mutating func bar(_ open: Int64, _ high: Int64, _ low: Int64, _ close: Int64, _ row: Int) -> Bool {
        let top = max(open, close), bottom = min(open, close)
        if high < top || low > bottom {
            if rows.broken == 0 { rows.firstBroken = row }
            rows.broken &+= 1
        }
        let lowest = min(low, min(bottom, high))
        guard lowest > 0 else { return false }
        greatest = max(greatest, max(high, max(top, low)))
        least = min(least, lowest)
        if row == 0 {
            (rows.firstOpen, rows.firstClose) = (open, close)
        } else {
            rows.forward += Double((open &- before.close).magnitude)
            rows.backward += Double((close &- before.open).magnitude)
        }
        before = (open, close)
        return true
    }

    mutating func finish(_ out: inout CSVPlainRows) {
        if step.count > 0 { rows.steps.append(step) }
        if day.day != .min { rows.days.append(day) }
        (rows.prices.greatest, rows.prices.least) = (greatest, least)
        (rows.lastOpen, rows.lastClose) = (before.open, before.close)
        out = rows
    }
}
