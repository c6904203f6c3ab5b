package import Basics
package import Tables

/// Canonical trades, or bars, on their way to coarser bars, chunk by chunk; memory grows with the number of instruments
/// alone.
///
/// Every trade counts as it stands in the table, whatever its condition: what an exchange cancelled or reported late is
/// for whoever made the table to leave out. A bar exists only where a row does: empty stretches have none. A time bar
/// begins on the grid of the session (``BarGrid``); any other at its first row. Prices and volumes are exact. What it
/// is made of bars, a bar counts as a trade of its volume at its close for `dollars`.
///
/// A row of the outcome has the place, the sequence and the file of the first row it was made of. It is known when the
/// last of its rows was, and a time bar not before it ends. `trades` counts trades; empty where bars do not say them.
package final class ResampledBars: ChunkSource {
    /// Those of canonical bars, and `trades`.
    package let fields: [Field]
    private let source: any ChunkSource
    private let kind: CanonicalKind
    private let rule: BarRule
    private let limit: BarLimit?
    private var grid: BarGrid?
    private var calendar: TradingCalendar?
    private let resetsAtSession: Bool
    /// Of the rows, where they are bars.
    private let interval: Nanoseconds
    private var running: [String: Part] = [:]
    private var builder: CanonicalBuilder?
    private var builderFile = ""
    private var finished: [TableChunk] = []
    private var isAtEnd = false
    private var outside = 0
    private var left = 0
    /// Rows of the source so far.
    package private(set) var rowsIn = 0

    /// A bar of an instrument that has not ended.
    struct Part {
        var bar: RunningBar
        var place: ResampledRow
        /// When it ends; nil for bars that end at a threshold.
        var slot: BarGrid.Slot?
        var day = 0
        var knownTime: Nanoseconds
        /// Nil where a row does not say.
        var trades: Int64?
        var hasVolume = true
    }

    /// - Parameters:
    ///   - source: of trades or bars.
    ///   - calendar: of the market; needed for time bars and for `resetsAtSession`.
    ///   - interval: of the rows, where they are bars.
    ///   - resetsAtSession: whether a bar that reached no threshold ends unfinished with its session.
    /// - Throws: ``Failure`` with code `data.bars` for what no bars can be made of.
    package init(
        _ source: any ChunkSource, kind: CanonicalKind, rule: BarRule, calendar: TradingCalendar?,
        interval: Nanoseconds?, resetsAtSession: Bool
    ) throws(Failure) {
        let decimals = try ResampledBars.require(
            source.fields, kind, rule, calendar: calendar, interval: interval, resetsAtSession: resetsAtSession)
        (self.source, self.kind, self.rule, self.resetsAtSession) = (source, kind, rule, resetsAtSession)
        self.interval = kind == .bars ? interval ?? 0 : 0
        limit = BarLimit(rule, priceDecimals: decimals.price, sizeDecimals: decimals.size)
        if case .every(let length) = rule, let calendar { grid = BarGrid(every: length, calendar: calendar) }
        self.calendar = resetsAtSession ? calendar : nil
        fields = CanonicalFields.countedBars(priceDecimals: decimals.price, sizeDecimals: decimals.size)
    }

    /// What whoever uses the bars should know; complete once all were read.
    package var notes: [String] {
        var notes = ["bars of \(rule.text), made of \(kind.rawValue)"]
        if kind == .bars, limit != nil { notes.append("bars end only where a bar that they are made of ends") }
        if outside > 0 { notes.append("\(outside) rows lie outside all trading of the calendar; their bars do, too") }
        if left > 0 {
            notes.append("\(left) \(kind.rawValue) reached no threshold before the end of data or session: no bar")
        }
        return notes
    }

    /// The next bars; nil behind the last.
    ///
    /// - Throws: what the source throws; ``Failure`` where numbers do not fit, or a time has no session.
    package func next() throws -> TableChunk? {
        while finished.isEmpty {
            guard !isAtEnd else { return nil }
            if let chunk = try source.next() {
                rowsIn += chunk.rowCount
                try add(chunk)
            } else {
                isAtEnd = true
                for part in running.values.sorted(by: { ($0.place.instrument) < ($1.place.instrument) }) {
                    if limit == nil { emit(part) } else { left += part.bar.rows }
                }
                running = [:]
                flush()
            }
            if let builder, builder.rowCount >= TableChunk.usualRows { flush() }
        }
        return finished.removeFirst()
    }

    private func add(_ chunk: TableChunk) throws {
        guard let rows = ResampledRows(chunk, kind) else {
            throw Failure("data.format", "found a table of \(kind.rawValue) without its columns")
        }
        for index in 0..<chunk.rowCount { try add(try rows.row(index)) }
    }

    private func add(_ row: ResampledRow) throws {
        let slot = try grid?.slot(of: row.time, length: interval)
        if let slot { try require(slot, fits: row) }
        let day = try calendar?.place(row.time).day ?? 0
        if let part = running[row.instrument] {
            if let slot, let own = part.slot, slot.start != own.start {
                guard slot.start > own.start else {
                    throw Failure(
                        "data.bars",
                        "\(row.file): row \(row.position): found \(TimeText.utc(row.time)) behind the bar that begins "
                            + "at \(TimeText.utc(own.start)), expected rows of an instrument in the order of time",
                        hint: "sort them by time first")
                }
                emit(part)
                running[row.instrument] = nil
            } else if resetsAtSession, limit != nil, part.day != day {
                left += part.bar.rows
                running[row.instrument] = nil
            }
        }
        var part =
            running[row.instrument]
            ?? Part(
                bar: RunningBar(time: slot?.start ?? row.time, price: row.open), place: row, slot: slot, day: day,
                knownTime: row.knownTime, trades: 0)
        guard part.bar.add(high: row.high, low: row.low, close: row.close, volume: row.volume ?? 0) else {
            throw Failure(
                "data.bars", "\(row.file): row \(row.position): found volumes whose sum fits no 64 bits",
                hint: "make finer bars")
        }
        part.knownTime = max(part.knownTime, row.knownTime)
        part.trades = row.trades.flatMap { count in part.trades?.saturatingPlus(count) }
        if row.volume == nil { part.hasVolume = false }
        if limit?.isReached(part.bar) == true {
            emit(part)
            running[row.instrument] = nil
        } else {
            running[row.instrument] = part
        }
    }

    /// A bar that reaches over the end of a slot belongs to two, and nobody knows how much of it to which.
    private func require(_ slot: BarGrid.Slot, fits row: ResampledRow) throws {
        if !slot.isTrading { outside += 1 }
        guard interval > 0, !slot.isCut, row.time.saturatingPlus(interval) > slot.end else { return }
        throw Failure(
            "data.bars",
            "\(row.file): row \(row.position): found a bar from \(TimeText.utc(row.time)) of "
                + "\(Interval.text(interval)), which reaches beyond the \(rule.text) bar that ends at "
                + TimeText.utc(slot.end),
            hint: "the grid begins at the session's open: take bars that lie on it")
    }

    private func emit(_ part: Part) {
        let place = part.place, bar = part.bar
        if builder == nil || builderFile != place.file {
            flush()
            builder = CanonicalBuilder(.bars, fields: fields, file: place.file)
            builderFile = place.file
        }
        builder?.add(
            CanonicalBuilder.Place(
                time: bar.time, knownTime: max(part.knownTime, part.slot?.end ?? .min), sequence: place.sequence,
                instrument: place.instrument, position: place.position),
            .integer(bar.open), .integer(bar.high), .integer(bar.low), .integer(bar.close),
            part.hasVolume ? .integer(bar.volume) : .empty, part.trades.map { .integer($0) } ?? .empty)
    }

    private func flush() {
        if let chunk = builder?.take(), chunk.rowCount > 0 { finished.append(chunk) }
    }
}
