import Basics
import MarketData
import Tables

/// The rows of a table by instrument, each in a file of its own. The table never lies in memory: it is read once to see
/// which instruments it has, and once for every ``mostOpen`` of them.
enum InstrumentOutputs {
    /// Files that are written at a time.
    static let mostOpen = 64
    /// Rows that lie in memory at most, over all files that are open.
    private static let mostRows = 1 << 21

    /// A file to write.
    struct Part {
        let instrument: String
        let output: String
    }

    /// Names of files that keep instruments apart, in order of the instruments.
    ///
    /// - Throws: ``Failure`` with code `usage.data-format` for two instruments whose files would have one name; what
    ///   the source throws.
    static func names(_ source: any ChunkSource) throws -> [(instrument: String, name: String)] {
        var instruments: Set<String> = []
        while let chunk = try source.next() {
            guard case .text(let names)? = chunk["instrument"]?.values else { continue }
            var isUsed = [Bool](repeating: false, count: names.values.count)
            for code in names.codes where Int(code) < isUsed.count { isUsed[Int(code)] = true }
            for (name, isUsed) in zip(names.values, isUsed) where isUsed { instruments.insert(name) }
        }
        var owners: [String: String] = [:]
        return try instruments.sorted().map { instrument in
            let name = String(instrument.map { $0.isLetter || $0.isNumber || ".-=^".contains($0) ? $0 : "-" })
            // A file system that ignores case would make one file of two.
            if let other = owners.updateValue(instrument, forKey: name.lowercased()) {
                throw Failure(
                    "usage.data-format",
                    "found the instruments '\(other)' and '\(instrument)', which would both be "
                        + "written to '\(name)'", hint: "write the file whole, without --each-instrument")
            }
            return (instrument, name)
        }
    }

    /// - Parameter open: reads the table from the front.
    /// - Returns: figures of each part.
    static func write(
        _ parts: [Part], _ format: ConvertData.Format, _ open: () throws -> any ChunkSource
    ) throws -> [TableFigures] {
        var figures: [TableFigures] = []
        for start in stride(from: 0, to: parts.count, by: mostOpen) {
            let group = Array(parts[start..<min(start + mostOpen, parts.count)])
            figures += try write(group: group, format, try open())
        }
        return figures
    }

    private static func write(
        group: [Part], _ format: ConvertData.Format, _ source: any ChunkSource
    ) throws -> [TableFigures] {
        var figures = group.map { _ in TableFigures() }
        let places = Dictionary(group.indices.map { (group[$0].instrument, $0) }) { first, _ in first }
        let groupRows = max(1024, mostRows / max(1, group.count))
        /// Opens the files from one on, and reads the source once all are open: a failure leaves none of them behind.
        func write(from index: Int, _ append: (Int, TableChunk) throws -> Void) throws {
            guard index < group.count else {
                return try split(source, places) { place, chunk in
                    figures[place].add(chunk)
                    try append(place, chunk)
                }
            }
            let output = group[index].output
            try TableOutput.write(to: output, format, fields: source.fields, groupRows: groupRows) { here in
                try write(from: index + 1) { place, chunk in
                    if place == index { try here(chunk) } else { try append(place, chunk) }
                }
            }
        }
        try write(from: 0) { _, _ in }
        return figures
    }

    private static func split(
        _ source: any ChunkSource, _ places: [String: Int], _ body: (Int, TableChunk) throws -> Void
    ) throws {
        while let chunk = try source.next() {
            guard case .text(let names)? = chunk["instrument"]?.values else { continue }
            var rows = [[Int]](repeating: [], count: names.values.count)
            for row in 0..<chunk.rowCount where Int(names.codes[row]) < rows.count {
                rows[Int(names.codes[row])].append(row)
            }
            for (name, rows) in zip(names.values, rows) where !rows.isEmpty {
                guard let place = places[name] else { continue }
                try body(place, rows.count == chunk.rowCount ? chunk : chunk.selecting(rows))
            }
        }
    }
}
