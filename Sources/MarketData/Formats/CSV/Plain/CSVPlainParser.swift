import Basics
import Tables

/// Reads lines that hold nothing but a time, digits and points of one instrument's bars; whatever is written in another
/// way is left to the careful path, block by block.
///
/// - Complexity: linear, about 15 cycles a cell.
struct CSVPlainParser: Sendable {
    /// What a column is: an output of ``CSVPlainRows/columns``, or nothing.
    private enum Column: Int, Sendable { case skip = -1, time, open, high, low, close, volume }

    private let columns: [Column]
    private let separator: UInt8
    private let point: UInt8
    private let hasVolume: Bool
    /// Of which rows all are alike.
    private let time: CSVPlainTime
    private var priceScale: Int
    /// Decimals beyond which numbers are left to the careful path.
    static let mostDecimals = 9
    private var sizeScale: Int

    /// - Parameters:
    ///   - sample: the first record of the file.
    ///   - scales: decimals that prices and volumes have in the first rows.
    /// - Returns: nil for files that are not read this way.
    init?(
        _ sample: CSVRecords, layout: CSVLayout, rules: CSVRules, zone: String?, scales: (price: Int, size: Int)
    ) {
        guard layout.kind == .bars, layout.symbol == nil, layout.receive == nil, !layout.time.isClose,
            layout.groups.count == 1,
            let group = layout.groups.first, sample.count == layout.width,
            max(scales.price, scales.size) <= CSVPlainParser.mostDecimals,
            let time = CSVPlainTime(sample.bytes(layout.time.date), layout: layout, rules: rules, zone: zone)
        else { return nil }
        self.time = time
        (separator, point) = (layout.separator, rules.style.decimal)
        guard separator != point else { return nil }
        (priceScale, sizeScale) = (scales.price, scales.size)
        var columns = [Column](repeating: .skip, count: layout.width)
        let roles: [(CSVRole, Column)] = [
            (.open, .open), (.high, .high), (.low, .low), (.close, .close), (.volume, .volume),
        ]
        guard columns.indices.contains(layout.time.date) else { return nil }
        columns[layout.time.date] = .time
        for (role, column) in roles {
            guard let place = group.columns[role] else { continue }
            guard columns.indices.contains(place), columns[place] == .skip else { return nil }
            columns[place] = column
        }
        self.columns = columns
        hasVolume = group.columns[.volume] != nil
        guard roles.prefix(4).allSatisfy({ group.columns[$0.0] != nil }) else { return nil }
    }

    /// Reads whole lines; twice where numbers have more decimals than those before.
    ///
    /// - Parameter bytes: lines, behind which ``CSVPlainCells/padding`` bytes can be read.
    /// - Returns: nil where a line is not plain.
    func read(_ bytes: UnsafeRawBufferPointer) -> CSVPlainRows? {
        var parser = self
        for _ in 0..<3 {
            do throws(CSVPlainProblem) {
                return try parser.rows(bytes)
            } catch .decimals(let price, let size) {
                guard max(price, size) <= CSVPlainParser.mostDecimals else { return nil }
                (parser.priceScale, parser.sizeScale) = (max(price, priceScale), max(size, sizeScale))
            } catch {
                return nil
            }
        }
        return nil
    }

    /// This parser with what a block needed.
    func expecting(_ rows: CSVPlainRows) -> CSVPlainParser {
        var parser = self
        parser.priceScale = max(priceScale, rows.prices.scale)
        parser.sizeScale = max(sizeScale, rows.sizes.scale)
        return parser
    }

    private func rows(_ bytes: UnsafeRawBufferPointer) throws(CSVPlainProblem) -> CSVPlainRows {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.last == 10 else {
            throw .notPlain
        }
        let lines = CSVPlainParser.lines(bytes)
        guard lines > 0 else { throw .notPlain }
        var out = CSVPlainRows()
        out.columns = (0..<(hasVolume ? 6 : 5)).map { _ in
            // Every element is written before the array is given away, or it is not given away.
            [Int64](unsafeUninitializedCapacity: lines) { $1 = lines }
        }
        var columns = out.columns
        out.columns = []
        var targets: [UnsafeMutablePointer<Int64>] = []
        let problem = CSVPlainParser.withPointers(&columns, &targets) { targets in
            loop(base, base + bytes.count, lines, targets, &out)
        }
        if let problem { throw problem }
        out.columns = columns
        out.count = lines
        return out
    }

    /// Line ends, counted in eight places of a word at once.
    private static func lines(_ bytes: UnsafeRawBufferPointer) -> Int {
        let newlines = CSVPlainCells.pattern(10), sevens: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let pairs: UInt64 = 0x00FF_00FF_00FF_00FF
        var count = 0, index = 0
        while index + 8 <= bytes.count {
            // No place of a sum is beyond 255.
            let end = min(index + 8 * 255, bytes.count - 7)
            var sums: UInt64 = 0
            while index < end {
                let x = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ newlines
                sums &+= ~((x & sevens) &+ sevens | x) >> 7 & 0x0101_0101_0101_0101
                index &+= 8
            }
            count += Int(truncatingIfNeeded: (((sums & pairs) &+ (sums >> 8 & pairs)) &* 0x0001_0001_0001_0001) >> 48)
        }
        while index < bytes.count {
            if bytes[index] == 10 { count += 1 }
            index += 1
        }
        return count
    }

    /// Calls `body` with places of the elements of all arrays.
    private static func withPointers<Result>(
        _ arrays: inout [[Int64]], _ pointers: inout [UnsafeMutablePointer<Int64>],
        _ body: ([UnsafeMutablePointer<Int64>]) -> Result
    ) -> Result {
        guard var array = arrays.popLast() else { return body(pointers) }
        defer { arrays.append(array) }
        return array.withUnsafeMutableBufferPointer { buffer in
            // No array is empty.
            if let base = buffer.baseAddress { pointers.insert(base, at: 0) }
            return withPointers(&arrays, &pointers, body)
        }
    }

    private func loop(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ lines: Int,
        _ targets: [UnsafeMutablePointer<Int64>], _ out: inout CSVPlainRows
    ) -> CSVPlainProblem? {
        var place = start, time = self.time, survey = CSVPlainSurvey(priceScale, sizeScale)
        let width = columns.count, mark = CSVPlainCells.pattern(separator), points = CSVPlainCells.pattern(point)
        let newline = CSVPlainCells.pattern(10)
        let times = targets[0], open = targets[1], high = targets[2], low = targets[3], close = targets[4]
        // Windows ends lines with two bytes: all of a block, or none.
        let first = UnsafeRawBufferPointer(start: start, count: end - start).firstIndex(of: 10) ?? 0
        let hasCarriage = first > 0 && start[first - 1] == 13
        let lineEnd = hasCarriage ? CSVPlainCells.pattern(13) : newline
        for row in 0..<lines {
            for index in 0..<width {
                let isLast = index == width &- 1, pattern = isLast ? lineEnd : mark
                switch columns[index] {
                case .time:
                    let moment = time.read(place, mark: UInt8(truncatingIfNeeded: pattern))
                    guard moment.length > 0, survey.add(moment, row) else { return .notPlain }
                    times[row] = moment.time
                    place += moment.length
                case .skip:
                    guard let length = CSVPlainCells.skip(place, mark: mark, newline: newline, isLast: isLast) else {
                        return .notPlain
                    }
                    place += isLast && hasCarriage ? length &- 1 : length
                case .volume:
                    let cell = CSVPlainCells.number(place, mark: pattern, point: points)
                    guard cell.decimals >= 0, let value = survey.size(cell, place) else { return survey.problem }
                    targets[5][row] = value
                    place += cell.length
                case .open, .high, .low, .close:
                    let cell = CSVPlainCells.number(place, mark: pattern, point: points)
                    guard cell.decimals >= 0, let value = survey.price(cell, place) else { return survey.problem }
                    targets[columns[index].rawValue][row] = value
                    place += cell.length
                }
                if isLast, hasCarriage {
                    guard place[0] == 13 else { return .notPlain }
                    place += 1
                }
                guard place < end, place[0] == UInt8(truncatingIfNeeded: isLast ? newline : mark) else {
                    return .notPlain
                }
                place += 1
            }
            guard survey.bar(open[row], high[row], low[row], close[row], row) else { return .notPlain }
        }
        guard place == end else { return .notPlain }
        survey.finish(&out)
        return nil
    }
}
