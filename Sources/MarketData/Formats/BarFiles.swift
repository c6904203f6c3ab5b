package import Basics

/// Files of bars, by instrument: files of one instrument are one instrument, in order of time.
///
/// A vendor that delivers a file per day must not make an instrument of every day: capital would be divided among days,
/// features would begin anew each morning, and different instruments would be compared as one.
package struct BarFiles: Sendable {
    /// The files, in the order in which they were found.
    package let paths: [String]
    /// What the names of the files are known to say beyond the files' own rule; nil where nothing is.
    private let named: @Sendable (String) -> String?

    /// - Parameters:
    ///   - paths: files, as ``BarReader/files(at:)`` finds them.
    ///   - named: the instrument of a file, where a recorded pattern says it; else the file's name or content does.
    /// - Throws: ``Failure`` with code `data.instrument-files` for `X.csv` beside `X.csv.gz`.
    package init(_ paths: [String], named: @escaping @Sendable (String) -> String? = { _ in nil }) throws {
        (self.paths, self.named) = (paths, named)
        var plain: [String: String] = [:]
        for path in paths {
            let bare = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
            if let other = plain.updateValue(path, forKey: bare) {
                throw BarFiles.refused(
                    "found the same bars twice: '\(other)' and '\(path)'", "move one of the two out of the data")
            }
        }
    }

    /// Reads one file under the names of its instruments.
    ///
    /// - Returns: a reading for each instrument of the file, one at least.
    /// - Throws: as ``BarReader/readAll(_:)``, and ``Failure`` with code `data.instrument-name` for a date as a name,
    ///   or a recorded name of a file that holds several instruments.
    package func read(_ path: String, _ reader: inout BarReader) throws -> [BarReading] {
        var readings = try reader.readAll(path)
        if let name = named(path) {
            guard readings.count == 1 else {
                throw Failure(
                    "data.instrument-name",
                    "found \(readings.count) instruments in '\(path)', which the recorded pattern of names calls "
                        + "'\(name)'", hint: "record the files again, without the instrument in the pattern")
            }
            readings[0].table.instrument = name
        }
        for reading in readings where BarFiles.isDate(reading.table.instrument) {
            throw Failure(
                "data.instrument-name",
                "found the date '\(reading.table.instrument)' as the instrument of '\(path)'",
                hint: "say where the names have the instrument: "
                    + "hftml add DIRECTORY --each '{date:%Y-%m-%d}_{symbol}.csv.gz', or rename the files: "
                    + "INSTRUMENT_DATE.csv")
        }
        return readings
    }

    /// All bars, one table an instrument.
    ///
    /// - Throws: as ``read(_:_:)`` and ``joined(_:market:)``.
    package func tables(_ spec: MarketSpec) throws -> [BarTable] {
        var reader = try BarReader(spec)
        var parts: [(path: String, table: BarTable)] = []
        for path in paths { parts += try read(path, &reader).map { (path, $0.table) } }
        return try joined(parts, market: spec).map(\.table)
    }

    /// As ``joined(_:)`` of what was read of ``paths``, after names that only count parts of an instrument are refused;
    /// bids and asks of an instrument become one series.
    ///
    /// - Parameters:
    ///   - parts: what was read, with the file of each; the positions that are returned count these.
    ///   - market: says which of bid, ask and mid are meant.
    /// - Throws: ``Failure`` with code `data.instrument-name` or `data.instrument-files`, or as
    ///   ``PriceSides/joined(_:market:path:)``.
    package func joined(_ parts: [(path: String, table: BarTable)], market: MarketSpec) throws
        -> [PriceSides.Series]
    {
        let joined = try BarFiles.joined(parts)
        try requireInstruments(joined.map { (path: parts[$0.files[0]].path, table: $0.table) })
        return try PriceSides.joined(joined.map { ($0.table, $0.files, []) }, market: market) { parts[$0].path }
    }

    /// Refuses names of files that differ in digits alone, such as `BTC-1m-2024-01-01` and `BTC-1m-2024-01-02`, where
    /// no two have bars of one time: those are parts of one instrument, and no instruments. What a recorded pattern or
    /// the content of a file says is believed.
    ///
    /// - Parameter instruments: the bars of each, or no more than the first and the last, with one of its files.
    /// - Throws: ``Failure`` with code `data.instrument-name`.
    package func requireInstruments(_ instruments: [(path: String, table: BarTable)]) throws {
        let unsaid = instruments.filter {
            $0.table.count > 0 && named($0.path) == nil && $0.table.instrument == BarReader.instrument(of: $0.path)
        }
        let alike = Dictionary(grouping: unsaid) { BarFiles.withoutDigits($0.table.instrument) }
        for name in alike.keys.sorted() {
            let parts = (alike[name] ?? []).sorted { $0.table.time[0] < $1.table.time[0] }
            guard parts.count > 1,
                zip(parts, parts.dropFirst()).allSatisfy({ ($0.table.time.last ?? .max) < $1.table.time[0] })
            else { continue }
            throw Failure(
                "data.instrument-name",
                "found \(parts.count) instruments whose names differ in digits alone and whose bars never overlap, as "
                    + "parts of one do: '\(parts[0].table.instrument)' of '\(parts[0].path)', "
                    + "'\(parts[1].table.instrument)' of '\(parts[1].path)'",
                hint: "say where the names have the instrument: "
                    + "hftml add DIRECTORY --each '{symbol}-1m-{date:%Y-%m-%d}.csv', or rename the files: "
                    + "INSTRUMENT_DATE.csv")
        }
    }

    /// A name with one `#` for every row of digits.
    private static func withoutDigits(_ name: String) -> String {
        var out = "", isInside = false
        for character in name.unicodeScalars {
            let isDigit = (48...57).contains(character.value)
            if !isDigit { out.unicodeScalars.append(character) } else if !isInside { out += "#" }
            isInside = isDigit
        }
        return out
    }

    /// Joins files of one instrument in order of time; instruments stay in the order in which they first occur.
    ///
    /// - Returns: for each instrument its bars, and the positions of its files, earliest first.
    /// - Throws: ``Failure`` with code `data.instrument-files` where two files of an instrument overlap in time, or
    ///   differ in the length of their bars; both are named.
    /// - Complexity: O(bars + files · log files).
    package static func joined(_ files: [(path: String, table: BarTable)]) throws -> [(table: BarTable, files: [Int])] {
        var order: [String] = [], members: [String: [Int]] = [:]
        for (index, file) in files.enumerated() {
            if members[file.table.instrument] == nil { order.append(file.table.instrument) }
            members[file.table.instrument, default: []].append(index)
        }
        return try order.map { name in
            let all = members[name] ?? []
            let sorted = all.filter { files[$0].table.count > 0 }.sorted {
                (files[$0].table.time[0], $0) < (files[$1].table.time[0], $1)
            }
            guard let first = sorted.first else { return (files[all[0]].table, all) }
            var table = files[first].table
            for (earlier, next) in zip(sorted, sorted.dropFirst()) {
                try requireFollows(files[earlier], files[next])
                table.append(contentsOf: files[next].table)
            }
            return (table, sorted)
        }
    }

    private static func requireFollows(
        _ earlier: (path: String, table: BarTable), _ next: (path: String, table: BarTable)
    ) throws {
        try requireAlike(earlier, next)
        let (a, b) = (earlier.table, next.table)
        if let one = BarFileName(earlier.path).interval, let other = BarFileName(next.path).interval, one != other {
            throw refused(
                "found bars of \(a.instrument) in files of \(one) and of \(other): '\(earlier.path)' and "
                    + "'\(next.path)'",
                "keep one directory for each interval")
        }
        guard let last = a.time.last, let start = b.time.first, start <= last else { return }
        throw refused(
            "found bars of \(a.instrument) at \(TimeText.utc(start)) and later in both '\(earlier.path)' and "
                + "'\(next.path)'",
            "move one of the two out of the data, or give different instruments different names: INSTRUMENT_DATE.csv")
    }

    /// Refuses files of one instrument that differ in interval, zone or decimals.
    ///
    /// - Throws: ``Failure`` with code `data.instrument-files`.
    package static func requireAlike(
        _ earlier: (path: String, table: BarTable), _ next: (path: String, table: BarTable)
    ) throws {
        let (a, b) = (earlier.table, next.table)
        guard a.interval == b.interval, a.zone == b.zone, a.priceDecimals == b.priceDecimals,
            a.volumeDecimals == b.volumeDecimals
        else {
            throw refused(
                "found bars of \(a.instrument) that differ in interval, zone or decimals: "
                    + "\(Interval.text(a.interval)) in \(a.zone) in '\(earlier.path)', "
                    + "\(Interval.text(b.interval)) in \(b.zone) in '\(next.path)'",
                "keep one directory for each interval")
        }
    }

    /// Refuses files that cannot be parts of one instrument.
    package static func refused(_ message: String, _ hint: String) -> Failure {
        Failure("data.instrument-files", message, hint: hint)
    }

    /// Whether a name begins with a day: `2025-05-12`, `2025.05.12`, `20250512`, or is a month: `2025-05`. Six digits
    /// alone are the ticker of some exchange.
    package static func isDate(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        guard let year = number(0..<4), (1800..<2200).contains(year), bytes.count > 4 else { return false }
        let separators = Array("-._/".utf8), isApart = separators.contains(bytes[4]), gap = isApart ? 1 : 0
        guard let month = number(4 + gap..<6 + gap), (1...12).contains(month) else { return false }
        if bytes.count == 6 + gap { return isApart }
        guard !isApart || separators.contains(bytes[7]), let day = number(6 + 2 * gap..<8 + 2 * gap),
            CivilDate(year: year, month: month, day: day).isValid
        else { return false }
        // `20250512` with more digits is a number of something else.
        let end = 8 + 2 * gap
        return bytes.count == end || !(48...57).contains(bytes[end])
    }
}
