package import Basics
import MarketData
import Tensors

/// Rows of one feature table beside those of another, as of the time at which each was known.
///
/// Of a row that was known at k, the partner is the last row of the other table known at k or before, and no older than
/// a stated age. Known at the same moment counts as known. What was not known then is never seen, however the clocks of
/// the two sources stamp their rows. A row without a partner is left out, and the rows on its two sides no longer
/// follow each other: nothing is made up in its place.
///
/// Label, times, market and instruments are those of the left table.
package struct FeatureJoin: Sendable {
    /// Whose rows the partners are.
    package enum Partner: Sendable, Equatable {
        /// Of the instrument of the same name.
        case sameInstrument
        /// Of one instrument for all, such as an index.
        case instrument(String)
        /// Of the only instrument of the other table, whatever its name.
        case only
    }

    /// What became of the rows of one instrument; the three counts add up to its rows.
    package struct Counts: Sendable, Equatable {
        /// Of the left table.
        package var instrument: String
        /// Rows with a partner.
        package var joined = 0
        /// Rows before which no row of the other table was known.
        package var tooEarly = 0
        /// Rows whose last known partner is older than allowed.
        package var tooOld = 0

        /// Counts from their parts.
        package init(instrument: String, joined: Int = 0, tooEarly: Int = 0, tooOld: Int = 0) {
            (self.instrument, self.joined, self.tooEarly, self.tooOld) = (instrument, joined, tooEarly, tooOld)
        }
    }

    /// What the other table's columns are called by: `as.name`.
    package let name: String
    /// Whose rows the partners are.
    package let partner: Partner
    /// The largest time from when a partner was known to when the row was.
    package let maxAge: Nanoseconds

    /// - Throws: ``Failure`` with code `features.join` for a name that is none or an age below zero.
    package init(name: String, partner: Partner, maxAge: Nanoseconds) throws {
        guard let first = name.utf8.first, first != UInt8(ascii: "_"), !(48...57).contains(first),
            name.utf8.allSatisfy({ $0 == 95 || (48...57).contains($0) || (97...122).contains($0 | 32) })
        else {
            throw Failure(
                "features.join", "found the name '\(name)' for joined features, expected letters, digits and _",
                hint: "choose one such as: --as book", exitStatus: .usage)
        }
        guard maxAge >= 0 else {
            throw Failure("features.join", "found an age below zero, expected at least 0", exitStatus: .usage)
        }
        (self.name, self.partner, self.maxAge) = (name, partner, maxAge)
    }

    /// The rows of a table that have a partner in another, with the columns of both.
    ///
    /// - Throws: ``Failure`` with code `features.join` where the tables cannot be joined or no row has a partner; what
    ///   is wrong with one of them.
    /// - Complexity: O(rows of both).
    package func join(_ left: FeatureTable, _ right: FeatureTable) throws -> (table: FeatureTable, counts: [Counts]) {
        try requireFit(left, right)
        let joined = try joinedFeatures(right), ranges = FeatureJoin.ranges(right)
        var spec = left.spec
        spec.joined.append(joined)
        guard Set(spec.columnNames).count == spec.columnNames.count else {
            throw Failure(
                "features.join", "found columns of the name '\(name).…' in the left table already",
                hint: "choose another name: --as NAME", exitStatus: .usage)
        }
        var pairs: [(row: Int, partner: Int)] = [], counts: [Counts] = []
        for rows in FeatureJoin.ranges(left) {
            let instrument = FeatureJoin.instrument(left, rows.lowerBound)
            let others = try partners(instrument, right, ranges)
            counts.append(pair(left, rows, right, others, instrument, &pairs))
        }
        guard !pairs.isEmpty else { throw nothing(counts, left, right) }
        return (table(left, right, spec, pairs), counts)
    }

    private func requireFit(_ left: FeatureTable, _ right: FeatureTable) throws {
        for (side, table) in [("left", left), ("right", right)] {
            guard table.spec.input != .given else {
                throw Failure(
                    "features.join", "found ready-made features in the \(side) table, whose times are no clock's",
                    hint: "join tables that hftml features made", exitStatus: .usage)
            }
            guard table.isTimed, table.rowCount > 0 else {
                throw Failure(
                    "features.join",
                    table.rowCount == 0
                        ? "found no row in the \(side) table"
                        : "found a \(side) table of an older version, which does not say when its rows were known",
                    hint: "make it again with: hftml features")
            }
            try table.requireDefined()
        }
    }

    private func joinedFeatures(_ right: FeatureTable) throws -> FeatureSpec.Joined {
        let instrument: String? =
            switch partner {
            case .sameInstrument: nil
            case .instrument(let name): name
            case .only: right.instruments.first
            }
        return FeatureSpec.Joined(
            name: name, instrument: instrument, maxAge: maxAge, spec: right.spec, market: right.market)
    }

    /// Rows of the other table that may be partners of an instrument's.
    private func partners(_ instrument: String, _ right: FeatureTable, _ ranges: [Range<Int>]) throws -> Range<Int>? {
        func find(_ name: String) -> Range<Int>? {
            ranges.first { FeatureJoin.instrument(right, $0.lowerBound) == name }
        }
        switch partner {
        case .sameInstrument: return find(instrument)
        case .instrument(let wanted):
            if let found = find(wanted) { return found }
            throw Failure(
                "features.join", "found no rows of '\(wanted)' in the right table",
                hint: NearestName.of(wanted, in: right.instruments).map { "did you mean '\($0)'?" }
                    ?? "it has: \(right.instruments.prefix(5).joined(separator: ", "))", exitStatus: .usage)
        case .only:
            if ranges.count == 1 { return ranges[0] }
            throw Failure(
                "features.join", "found \(ranges.count) instruments in the right table, expected one",
                hint: "name the one that is meant: --instrument \(right.instruments.first ?? "NAME")",
                exitStatus: .usage)
        }
    }

    private func pair(
        _ left: FeatureTable, _ rows: Range<Int>, _ right: FeatureTable, _ others: Range<Int>?, _ instrument: String,
        _ pairs: inout [(row: Int, partner: Int)]
    ) -> Counts {
        var counts = Counts(instrument: instrument), next = others?.lowerBound ?? 0
        let end = others?.upperBound ?? 0
        for row in rows {
            let known = left.known(row)
            while next < end, right.known(next) <= known { next += 1 }
            let last = next - 1
            guard let others, last >= others.lowerBound else {
                counts.tooEarly += 1
                continue
            }
            guard known.saturatingMinus(right.known(last)) <= maxAge else {
                counts.tooOld += 1
                continue
            }
            counts.joined += 1
            pairs.append((row, last))
        }
        return counts
    }

    private func nothing(_ counts: [Counts], _ left: FeatureTable, _ right: FeatureTable) -> Failure {
        let early = counts.reduce(0) { $0 + $1.tooEarly }, old = counts.reduce(0) { $0 + $1.tooOld }
        func span(_ table: FeatureTable) -> String {
            let known = (0..<table.rowCount).map { table.known($0) }
            return "\(TimeText.utc(known.min() ?? 0)) to \(TimeText.utc(known.max() ?? 0))"
        }
        let shares = left.instruments.contains { right.instruments.contains($0) }
        return Failure(
            "features.join",
            "found no row with a partner: before \(early) rows nothing was known, and for \(old) it is older than "
                + "allowed; the left table is known from \(span(left)), the right one from \(span(right))",
            hint: partner == .sameInstrument && !shares
                ? "the tables share no instrument; for a series of the whole market add: --instrument "
                    + (right.instruments.first ?? "NAME")
                : "take tables of the same days, or a larger --max-age")
    }

    private func table(
        _ left: FeatureTable, _ right: FeatureTable, _ spec: FeatureSpec, _ pairs: [(row: Int, partner: Int)]
    ) -> FeatureTable {
        var out = FeatureTable(spec: spec, market: left.market, label: left.label, source: left.source)
        var kept: [Int32: Int32] = [:], instruments: [Int32] = []
        var values: [Float] = [], segments: [Int32] = [], segment: Int32 = -1, last: (row: Int, segment: Int32)?
        values.reserveCapacity(pairs.count.saturatingTimes(out.width))
        for (row, partner) in pairs {
            // One call a row: a column of another module is a call an element.
            for (table, row) in [(left, row), (right, partner)] {
                table.values.withPointer {
                    values += UnsafeBufferPointer(start: $0.map { $0 + row * table.width }, count: table.width)
                }
            }
            // A row that was left out lies between two that followed each other.
            let follows = last.map { $0.row + 1 == row && $0.segment == left.segment[row] } ?? false
            if !follows { segment += 1 }
            last = (row, left.segment[row])
            segments.append(segment)
            let instrument = left.instrument[row]
            if kept[instrument] == nil {
                kept[instrument] = Int32(clamping: out.instruments.count)
                out.instruments.append(FeatureJoin.instrument(left, row))
            }
            instruments.append(kept[instrument] ?? 0)
        }
        let rows = pairs.map(\.row)
        func selected<T>(_ column: Column<T>) -> Column<T> {
            column.isEmpty ? [] : Column(rows.map { column[$0] })
        }
        (out.values, out.instrument, out.segment) = (Column(values), Column(instruments), Column(segments))
        (out.time, out.knownTime) = (selected(left.time), selected(left.knownTime))
        (out.forwardReturn, out.labelMove) = (selected(left.forwardReturn), selected(left.labelMove))
        (out.spreadBps, out.labelEnd) = (selected(left.spreadBps), selected(left.labelEnd))
        out.labelKnownTime = selected(left.labelKnownTime)
        (out.closePrice, out.entryPrice) = (selected(left.closePrice), selected(left.entryPrice))
        return out
    }

    /// Rows of each instrument; they stand together.
    private static func ranges(_ table: FeatureTable) -> [Range<Int>] {
        var out: [Range<Int>] = [], first = 0
        for row in 0..<table.rowCount
        where row + 1 == table.rowCount || table.instrument[row + 1] != table.instrument[row] {
            out.append(first..<row + 1)
            first = row + 1
        }
        return out
    }

    private static func instrument(_ table: FeatureTable, _ row: Int) -> String {
        let index = Int(table.instrument[row])
        return table.instruments.indices.contains(index) ? table.instruments[index] : ""
    }
}
