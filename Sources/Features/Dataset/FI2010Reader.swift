import Basics
import MarketData
import Tables
import Tensors

/// Reads FI-2010 (Ntakaris et al. 2018): text files of 149 rows by one column for every ten events.
///
/// Rows 1–40 are ten levels of ask price, ask size, bid price, bid size, normalised already; rows 41–144 are hand-made
/// features, which are left out; rows 145–149 are the labels of the horizons 10, 20, 30, 50 and 100 events, 1 up, 2
/// stationary, 3 down. A horizon of 10 events is one column ahead. Files are ordered stock by stock and without times,
/// so a column's number stands for its time, every file is one segment, and a window may straddle two stocks, as in all
/// published results.
package struct FI2010Reader: Sendable {
    /// Horizons that the files have labels for, in events.
    package static let horizons = [10, 20, 30, 50, 100]
    private static let rows = 149, levels = 10, firstLabel = 144

    private let horizon: Int

    /// - Parameter horizon: in events.
    package init(horizon: Int) throws {
        guard FI2010Reader.horizons.contains(horizon) else {
            throw Failure(
                "fi2010.horizon", "found the horizon \(horizon), expected one of 10, 20, 30, 50, 100 events",
                exitStatus: .usage)
        }
        self.horizon = horizon
    }

    /// Reads files into one table, each as a segment.
    ///
    /// - Parameter source: digest of the data.
    /// - Throws: ``ConfigError`` with code `data.bad-rows` naming file, line and column; ``FileError``.
    package func read(_ paths: [String], source: String) throws -> FeatureTable {
        let names = (1...FI2010Reader.levels).flatMap {
            ["ask_price_\($0)", "ask_size_\($0)", "bid_price_\($0)", "bid_size_\($0)"]
        }
        var market = MarketSpec()
        market.zone = "UTC"
        market.calendar = .named("always")
        var table = FeatureTable(
            spec: FeatureSpec(given: names), market: market,
            label: LabelSpec(kind: .given, horizon: horizon / 10, costBps: 0), source: source)
        table.instruments = ["FI-2010"]
        for (segment, path) in paths.enumerated() { try append(path, segment: Int32(segment), to: &table) }
        return table
    }

    private func append(_ path: String, segment: Int32, to table: inout FeatureTable) throws {
        let width = 4 * FI2010Reader.levels,
            labelRow = FI2010Reader.firstLabel + (FI2010Reader.horizons.firstIndex(of: horizon) ?? 0)
        var columns: [Float] = [], moves: [Double] = [], count = 0, row = 0
        var scanner = try NumberScanner(path)
        func malformed(_ column: Int, _ reason: String) -> ConfigError {
            ConfigError(
                reason, at: SourceMark(file: path, line: row + 1, column: column), code: "data.bad-rows",
                hint: "FI-2010 files have 149 rows of equally many numbers")
        }
        while true {
            let isKept = row < width || row == labelRow
            var index = 0
            let hasRow = try scanner.line(parses: isKept) { value in
                defer { index += 1 }
                guard isKept else { return }
                guard value.isFinite else {
                    throw malformed(index + 1, "found a value that is no finite number in column \(index + 1)")
                }
                if row == 0 {
                    if columns.count < (index + 1) * width {
                        columns.append(contentsOf: repeatElement(0, count: 4096 * width))
                    }
                    count = index + 1
                }
                guard index < count else { throw malformed(index + 1, "found more than \(count) columns") }
                if row < width {
                    columns[index * width + row] = Float(value)
                } else {
                    guard [1, 2, 3].contains(value) else {
                        throw malformed(
                            index + 1, "found the label \(value) in column \(index + 1), expected 1, 2 or 3")
                    }
                    moves.append(2 - value)
                }
            }
            guard hasRow else { break }
            guard !isKept || index == count else { throw malformed(1, "found \(index) columns, expected \(count)") }
            row += 1
        }
        guard row == FI2010Reader.rows, count > 0 else {
            throw malformed(1, "found \(row) rows, expected \(FI2010Reader.rows)")
        }
        let first = Int64(table.rowCount)
        table.values.append(contentsOf: columns[..<(count * width)])
        table.time.append(contentsOf: first..<first + Int64(count))
        table.instrument.append(contentsOf: repeatElement(0, count: count))
        table.segment.append(contentsOf: repeatElement(segment, count: count))
        // Prices are normalised, so there is no return to speak of.
        table.forwardReturn.append(contentsOf: repeatElement(.nan, count: count))
        table.labelMove.append(contentsOf: moves)
        table.spreadBps.append(contentsOf: repeatElement(0, count: count))
        // Files follow each other, so a label at the end of one was made of the columns that are not in it.
        let ahead = Int64(table.label.horizon)
        table.labelEnd.append(contentsOf: (first..<first + Int64(count)).map { $0 + ahead })
    }
}

/// Numbers between spaces, line by line, over bounded memory.
private struct NumberScanner {
    private let source: ByteSource
    private let buffer: BlockBuffer
    private var position = 0
    private var filled = 0
    private var token: [UInt8] = []

    private final class BlockBuffer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        deinit { bytes.deallocate() }
    }

    init(_ path: String) throws {
        source = try ByteSource(path)
        buffer = BlockBuffer()
        token.reserveCapacity(64)
    }

    /// Calls `body` with every number of the next line that is not blank; NaN stands for what is no number.
    ///
    /// - Parameter parses: whether the values matter; a line that is skipped calls `body` with 0.
    /// - Returns: false at the end of the file.
    mutating func line(parses: Bool, _ body: (Double) throws -> Void) throws -> Bool {
        var isStarted = false
        while true {
            if position == filled {
                filled = try source.read(into: buffer.bytes)
                position = 0
                if filled == 0 {
                    if !token.isEmpty { try finish(parses, body) }
                    return isStarted
                }
            }
            let byte = buffer.bytes[position]
            position += 1
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
                || byte == UInt8(ascii: "\n")
            {
                if !token.isEmpty { try finish(parses, body) }
                if byte == UInt8(ascii: "\n"), isStarted { return true }
            } else {
                isStarted = true
                // A longer one is no number.
                if token.count < 64 { token.append(byte) }
            }
        }
    }

    private mutating func finish(_ parses: Bool, _ body: (Double) throws -> Void) throws {
        defer { token.removeAll(keepingCapacity: true) }
        try body(parses ? Double(String(decoding: token, as: UTF8.self)) ?? .nan : 0)
    }
}
