import Basics
import Tables

/// Reads bars of any file whose format ``FoundFiles`` finds, through its canonical table.
///
/// Prices get the decimals that the market says; one that would lose a digit is a faulty row.
package struct FoundBarsReader: BarFormat {
    private let spec: MarketSpec

    /// What the CSV reader and the Yahoo reader do not take.
    package static let suffixes = [
        ".parquet", ".feather", ".arrow", ".zip", ".csv.zst", ".csv.bz2", ".csv.zip", ".parq",
    ]

    /// Found by its bytes, so nothing needs to be recognised here.
    package static func recognises(_ head: [UInt8]) -> Bool { false }

    package init(_ spec: MarketSpec) throws { self.spec = spec }

    /// - Throws: as ``readAll(_:)``; ``Failure`` with code `data.several-instruments` where there is more than one.
    package mutating func read(_ path: String) throws -> BarReading {
        let readings = try readAll(path)
        guard readings.count == 1, let reading = readings.first else {
            throw FoundBarsReader.several(readings.map(\.table.instrument), path: path)
        }
        return reading
    }

    /// Reads one file that may hold several instruments.
    ///
    /// - Returns: a reading for each instrument, in the order in which they first occur; what was noticed of the file
    ///   is in the first.
    /// - Throws: as ``BarFormat/read(_:)``; ``Failure`` with code `data.no-bars` for a file of something else, and with
    ///   code `data.several-instruments` where the market file names the instrument and there is more than one.
    package mutating func readAll(_ path: String) throws -> [BarReading] {
        let file = try FoundFiles.find(path, described: spec.files, zone: spec.zone, interval: spec.interval)
        guard file.tables.contains(.bars) else {
            throw Failure(
                "data.no-bars", "found no bars in '\(path)', a \(file.kindName)",
                hint: "look at what it holds: hftml data head '\(path)'")
        }
        let source = try file.read(.bars)
        let scales = try Scales(source.fields, path: path)
        var parts = InstrumentParts(spec, path: path), rounded = 0
        while let chunk = try source.next() { try add(chunk, scales, &parts, &rounded, path: path) }
        if let name = spec.files.instrument {
            guard parts.names.count <= 1 else { throw FoundBarsReader.several(parts.names, path: path) }
            parts.rename(name)
        }
        var readings = try parts.finish()
        if rounded > 0 {
            readings[0].notes.append("\(path): \(rounded) numbers with the digits of binary fractions were rounded")
        }
        readings[0].notes = file.notes.map { "\(path): \($0)" } + readings[0].notes
        return readings
    }

    private static func several(_ names: [String], path: String) -> Failure {
        let some = names.sorted().prefix(3).joined(separator: ", ")
        return Failure(
            "data.several-instruments", "found \(names.count) instruments in '\(path)', such as \(some)",
            hint: "write a file for each: hftml data convert '\(path)' --each-instrument -o DIRECTORY")
    }

    /// Decimals of the file's columns.
    private struct Scales {
        let price: Int
        let volume: Int

        init(_ fields: [Field], path: String) throws {
            func scale(_ name: String) -> Int? {
                guard case .decimal(let scale)? = fields.first(where: { $0.name == name })?.type else { return nil }
                return scale
            }
            guard let price = scale("close"), let volume = scale("volume") else {
                throw Failure("data.no-bars", "found no prices in the bars of '\(path)'")
            }
            (self.price, self.volume) = (price, volume)
        }
    }

    private func add(
        _ chunk: TableChunk, _ scales: Scales, _ parts: inout InstrumentParts, _ rounded: inout Int, path: String
    ) throws {
        guard case .text(let instruments)? = chunk["instrument"]?.values else { return }
        // Codes begin anew in every chunk; names do not.
        var places = [Int?](repeating: nil, count: instruments.values.count)
        typealias Cells = (values: [Int64], validity: Validity)
        let columns = ["time", "position", "open", "high", "low", "close", "volume"].map { name -> Cells in
            guard let column = chunk[name], case .int64(let values) = column.values else { return ([], Validity()) }
            return (values, column.validity)
        }
        guard columns.allSatisfy({ $0.values.count == chunk.rowCount }) else { return }
        for row in 0..<chunk.rowCount {
            let code = Int(instruments.codes[row])
            guard places.indices.contains(code) else { continue }
            let place = places[code] ?? parts.place(of: instruments.values[code])
            places[code] = place
            let line = Int(clamping: columns[1].values[row])
            var cells: [Int64] = []
            for (index, key) in [(2, "open"), (3, "high"), (4, "low"), (5, "close"), (6, "volume")] {
                let isVolume = index == 6
                if isVolume, spec.files.isVolumeAbsent {
                    guard !columns[index].validity[row] else {
                        throw Failure(
                            "data.contradiction",
                            "\(path):\(line): found a volume, expected none: the market file says "
                                + "volume: absent", hint: "take 'volume: absent' out of the market file")
                    }
                    cells.append(0)
                    break
                }
                guard columns[index].validity[row] else {
                    parts.collectors[place].report(line, 1, "found no value in column '\(key)', expected a number")
                    break
                }
                let from = isVolume ? scales.volume : scales.price
                let to = isVolume ? spec.volumeDecimals : spec.priceDecimals
                let raw = columns[index].values[row]
                if let value = FoundBarsReader.rescale(raw, from: from, to: to) {
                    cells.append(value)
                } else if from > MarketSpec.mostDecimals,
                    let value = FoundBarsReader.withoutNoise(raw, from: from, to: to)
                {
                    rounded += 1
                    cells.append(value)
                } else {
                    let text = FixedPoint.text(columns[index].values[row], decimals: from)
                    parts.collectors[place].report(
                        line, 1, "found '\(text)' in column '\(key)', which \(to) decimals do not hold",
                        scale: RowIssue.Scale(key: isVolume ? "volumeDecimals" : "priceDecimals", decimals: from))
                    break
                }
            }
            guard cells.count == 5 else { continue }
            parts.collectors[place].append(
                Bar(
                    time: columns[0].values[row], open: cells[0], high: cells[1], low: cells[2], close: cells[3],
                    volume: cells[4]), line: line)
        }
    }

    /// A number that was printed with the digits of a binary fraction, without them; nil where rounding would change
    /// more than such digits do.
    static func withoutNoise(_ value: Int64, from: Int, to: Int) -> Int64? {
        let decimal = ExactDecimal(value, scale: from)
        guard let rounded = decimal.integer(decimals: to),
            let back = rescale(rounded, from: to, to: from),
            // A float32 is right to one part in sixteen million.
            Double(back.saturatingMinus(value)).magnitude * 1e7 <= Double(value).magnitude
        else { return nil }
        return rounded
    }

    /// The same number with other decimals; nil where a digit would be lost or it does not fit.
    static func rescale(_ value: Int64, from: Int, to: Int) -> Int64? {
        guard (0...18).contains(abs(from - to)) else { return value == 0 ? 0 : nil }
        if from <= to {
            let (product, overflow) = value.multipliedReportingOverflow(by: FixedPoint.powers[to - from])
            return overflow ? nil : product
        }
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: FixedPoint.powers[from - to])
        return remainder == 0 ? quotient : nil
    }
}
