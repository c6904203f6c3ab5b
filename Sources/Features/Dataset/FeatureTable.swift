package import Basics
package import MarketData
package import Tensors

/// Feature rows of many instruments, each instrument's rows together and in time order: the artefact between features
/// and training. Stored as safetensors, so Python reads it with one call.
package struct FeatureTable: Sendable {
    /// Of the columns, in order.
    package var featureNames: [String]
    /// In the order in which their rows were appended.
    package var instruments: [String]
    /// What the columns are.
    package var spec: FeatureSpec
    /// Zone, interval and calendar of the source.
    package var market: MarketSpec
    /// What the rows are labelled with.
    package var label: LabelSpec
    /// Digest of the bars the rows came from.
    package var source: String
    /// `[N][F]`.
    package var values: Column<Float> = []
    /// Of each row: start of the bar, or time of the event.
    package var time: Column<Nanoseconds> = []
    /// Index into `instruments`.
    package var instrument: Column<Int32> = []
    /// Rows with equal number are consecutive bars or events; a window must stay inside one.
    package var segment: Column<Int32> = []
    /// Return of the label's interval as a fraction; NaN where the segment ends too soon.
    package var forwardReturn: Column<Double> = []
    /// What the label's direction is decided by; empty on bars, where it is the forward return.
    package var labelMove: Column<Double> = []
    /// What a round trip pays for crossing the spread; empty on bars.
    package var spreadBps: Column<Float> = []
    /// Time of the last bar or event that the row's label reads, on the clock of `time`; ``neverEnds`` where there is
    /// no label. Empty in tables of version 1.
    package var labelEnd: Column<Nanoseconds> = []
    /// When the row's features could be known: the end of its bar by the market's calendar, or when the event was
    /// received; never earlier than those of the rows before. Empty in tables of version 1 and 2.
    package var knownTime: Column<Nanoseconds> = []
    /// When the row's label could be known: the end of the last bar that it reads; ``neverEnds`` where there is no
    /// label. Empty in tables of version 1 and 2.
    package var labelKnownTime: Column<Nanoseconds> = []

    /// Closing price of each row's bar, and the price at which a position of the row is opened, NaN without a label:
    /// by them positions that stay overnight are valued each day. Empty on books, and in files where none stays. Where
    /// the market adjusts, both are on the level of the instrument's first day.
    package var closePrice: Column<Double> = []
    /// See ``closePrice``.
    package var entryPrice: Column<Double> = []

    /// The end of a label that is not known.
    package static let neverEnds = Nanoseconds.max

    /// A table without rows.
    package init(spec: FeatureSpec, market: MarketSpec, label: LabelSpec, source: String) {
        featureNames = spec.columnNames
        instruments = []
        self.spec = spec
        self.market = market
        self.label = label
        self.source = source
    }

    /// The size that the label of a row is decided by; NaN without a label.
    @inline(__always)
    package func move(_ row: Int) -> Double { labelMove.isEmpty ? forwardReturn[row] : labelMove[row] }

    /// What a round trip pays for the spread at the row, in basis points; 0 on bars.
    package func spread(_ row: Int) -> Double { spreadBps.isEmpty ? 0 : Double(spreadBps[row]) }

    /// Time of the last bar or event that the label of a row reads.
    ///
    /// A table of version 1 does not say: the row `horizon` rows ahead of the same instrument is never earlier, and
    /// where there is none the label counts as one that never ends.
    @inline(__always)
    package func end(ofLabelAt row: Int) -> Nanoseconds {
        guard labelEnd.isEmpty else { return labelEnd[row] }
        let (last, isLate) = row.addingReportingOverflow(label.horizon)
        guard !isLate, last < rowCount, instrument[last] == instrument[row] else { return FeatureTable.neverEnds }
        return time[last]
    }

    /// When the features of a row could be known.
    ///
    /// Tables of version 1 and 2 do not say: there a bar counts as known an interval after its start.
    @inline(__always)
    package func known(_ row: Int) -> Nanoseconds {
        knownTime.isEmpty ? time[row].saturatingPlus(barLength) : knownTime[row]
    }

    /// When the label of a row could be known; ``neverEnds`` where there is none.
    @inline(__always)
    package func known(labelAt row: Int) -> Nanoseconds {
        labelKnownTime.isEmpty ? end(ofLabelAt: row).saturatingPlus(barLength) : labelKnownTime[row]
    }

    /// How long a row lasts from its time on, where the table does not say.
    private var barLength: Nanoseconds { spec.input == .bars ? market.interval : 0 }

    /// Rows of all instruments.
    package var rowCount: Int { time.count }
    /// Columns of a row.
    package var width: Int { featureNames.count }

    /// Folds the feature stream over one instrument's bars and appends its rows.
    ///
    /// - Parameter actions: of the instrument, where the market adjusts. Features are then of the series adjusted as of
    ///   each row; labels and the prices beside them are of the money of a holder.
    /// - Returns: what became of the bars.
    /// - Throws: ``Failure`` for a spec that is not of bars, a zone that is unknown, a market that adjusts without
    ///   actions (`data.actions`) or bars beyond the days that the calendar knows (`calendar.unknown`), ``ConfigError``
    ///   for an expression that does not parse.
    @discardableResult
    package mutating func append(_ bars: BarTable, actions: CorporateActionTable? = nil) throws -> RowCounts {
        var stream = try FeatureStream(
            spec: spec, market: market, priceDecimals: bars.priceDecimals, volumeDecimals: bars.volumeDecimals,
            actions: actions)
        var money = try MoneyOfShares(actions, market)
        var rows = BarRows(width: width, instrument: bars.instrument)
        var clock = try SessionClock(features: spec, market: market)
        rows.fold(&stream, bars, &clock)
        try stream.requireKnown()
        try clock.requireKnown()
        let base = (segment.last ?? -1) + 1
        instrument.append(contentsOf: [Int32](repeating: Int32(instruments.count), count: rows.bars.count))
        instruments.append(bars.instrument)
        values.append(contentsOf: rows.values)
        time.append(contentsOf: rows.bars.map { bars.time[$0] })
        segment.append(contentsOf: rows.segments.map { base + $0 })
        let labels = rows.labels(bars, horizon: label.horizon, money: &money)
        forwardReturn.append(contentsOf: labels.forwardReturns)
        labelEnd.append(contentsOf: labels.ends)
        knownTime.append(contentsOf: rows.known)
        labelKnownTime.append(contentsOf: labels.known)
        let scale = (0..<bars.priceDecimals).reduce(1.0) { scale, _ in scale * 10 }
        closePrice.append(contentsOf: rows.bars.map { Double(bars.close[$0]) / scale * money.level(bars.time[$0]) })
        entryPrice.append(contentsOf: labels.entries.map { $0 / scale })
        var counts = rows.counts
        counts.countLabels(labels.forwardReturns)
        return counts
    }

    /// Appends the rows of another table of the same spec. Where it begins with the instrument that this one ends with,
    /// the rows are more of that instrument; they must be later.
    package mutating func append(_ other: FeatureTable) {
        let isMore = instruments.last != nil && instruments.last == other.instruments.first
        let instrumentBase = Int32(instruments.count - (isMore ? 1 : 0)), segmentBase = (segment.last ?? -1) + 1
        instruments += other.instruments.dropFirst(isMore ? 1 : 0)
        values.append(contentsOf: other.values.array)
        time.append(contentsOf: other.time.array)
        instrument.append(contentsOf: other.instrument.array.map { $0 + instrumentBase })
        segment.append(contentsOf: other.segment.array.map { $0 + segmentBase })
        forwardReturn.append(contentsOf: other.forwardReturn.array)
        labelMove.append(contentsOf: other.labelMove.array)
        spreadBps.append(contentsOf: other.spreadBps.array)
        labelEnd.append(contentsOf: other.labelEnd.array)
        knownTime.append(contentsOf: other.knownTime.array)
        labelKnownTime.append(contentsOf: other.labelKnownTime.array)
        closePrice.append(contentsOf: other.closePrice.array)
        entryPrice.append(contentsOf: other.entryPrice.array)
    }

    // MARK: File

    /// Writes the table as safetensors, atomically.
    ///
    /// - Throws: ``FileError``.
    package func write(to path: String) throws {
        var file = SafetensorsFile()
        file.set("features", shape: [rowCount, width], .float32(values.array))
        file.set("time", shape: [rowCount], .int64(time.array))
        file.set("instrument", shape: [rowCount], .int32(instrument.array))
        file.set("segment", shape: [rowCount], .int32(segment.array))
        file.set("forward_return", shape: [rowCount], .float64(forwardReturn.array))
        if !labelMove.isEmpty { file.set("label_move", shape: [rowCount], .float64(labelMove.array)) }
        if !spreadBps.isEmpty { file.set("spread_bps", shape: [rowCount], .float32(spreadBps.array)) }
        if !labelEnd.isEmpty { file.set("label_end", shape: [rowCount], .int64(labelEnd.array)) }
        if isTimed {
            file.set("known", shape: [rowCount], .int64(knownTime.array))
            file.set("label_known", shape: [rowCount], .int64(labelKnownTime.array))
        }
        if try staysOvernight() {
            file.set("close_price", shape: [rowCount], .float64(closePrice.array))
            file.set("entry_price", shape: [rowCount], .float64(entryPrice.array))
        }
        file.metadata = [
            "format": "hftml-features", "version": version, "spec": spec.json.text(.compact),
            "market": market.json.text(.compact), "label": label.json.text(.compact), "source": source,
            "instruments": JSONValue.strings(instruments).text(.compact),
        ]
        try file.write(to: path)
    }

    /// Whether it says of every row when it could be known.
    package var isTimed: Bool { !labelEnd.isEmpty && knownTime.count == rowCount && labelKnownTime.count == rowCount }

    /// Of the file: 1 without the ends of labels, 2 with them, 3 with the times at which rows and labels could be
    /// known.
    private var version: String { labelEnd.isEmpty ? "1" : isTimed ? "3" : "2" }

    /// Whether a label ends on a later day of the market than its row, and the prices in between are known.
    private func staysOvernight() throws -> Bool {
        guard closePrice.count == rowCount, entryPrice.count == rowCount, labelEnd.count == rowCount else {
            return false
        }
        var days = try TradingDays(market), lastDays = days
        return (0..<rowCount).contains { row in
            labelEnd[row] != FeatureTable.neverEnds && lastDays.day(labelEnd[row]) != days.day(time[row])
        }
    }

    /// Opens a table. Its columns stay in the file and are read when they are touched, so the table may be larger than
    /// memory.
    ///
    /// - Throws: ``Failure`` with code `features.format` for anything that is no feature table.
    package static func read(_ path: String) throws -> FeatureTable {
        let file = try MappedSafetensors(path), metadata = file.header.metadata
        func malformed(_ what: String) -> Failure {
            Failure("features.format", "\(what) in '\(path)'", hint: "make it with: hftml features")
        }
        guard metadata["format"] == "hftml-features", let version = metadata["version"],
            ["1", "2", "3"].contains(version)
        else { throw malformed("found no feature table of version 1, 2 or 3") }
        func node(_ key: String) throws -> JSONValue { try JSONParser.parse(metadata[key] ?? "null", file: path) }
        var table = FeatureTable(
            spec: try FeatureSpec(recorded: try node("spec")), market: try MarketSpec(try node("market")),
            label: try LabelSpec(try node("label"), path: "label"), source: metadata["source"] ?? "")
        table.instruments = try node("instruments").listValue?.compactMap(\.stringValue) ?? []
        table.values = try file.column("features", as: "F32", of: Float.self)
        table.time = try file.column("time", as: "I64", of: Int64.self)
        table.instrument = try file.column("instrument", as: "I32", of: Int32.self)
        table.segment = try file.column("segment", as: "I32", of: Int32.self)
        table.forwardReturn = try file.column("forward_return", as: "F64", of: Double.self)
        if file.header.entries["label_move"] != nil {
            table.labelMove = try file.column("label_move", as: "F64", of: Double.self)
        }
        if file.header.entries["spread_bps"] != nil {
            table.spreadBps = try file.column("spread_bps", as: "F32", of: Float.self)
        }
        if version != "1" { table.labelEnd = try file.column("label_end", as: "I64", of: Int64.self) }
        if version == "3" {
            table.knownTime = try file.column("known", as: "I64", of: Int64.self)
            table.labelKnownTime = try file.column("label_known", as: "I64", of: Int64.self)
        }
        if file.header.entries["close_price"] != nil, file.header.entries["entry_price"] != nil {
            table.closePrice = try file.column("close_price", as: "F64", of: Double.self)
            table.entryPrice = try file.column("entry_price", as: "F64", of: Double.self)
        }
        let n = table.time.count
        guard table.values.count == n * table.width, table.instrument.count == n, table.segment.count == n,
            table.forwardReturn.count == n,
            table.labelMove.isEmpty || table.labelMove.count == n,
            table.spreadBps.isEmpty || table.spreadBps.count == n,
            table.closePrice.isEmpty || table.closePrice.count == n, table.entryPrice.count == table.closePrice.count,
            table.labelEnd.count == (version == "1" ? 0 : n), table.knownTime.count == (version == "3" ? n : 0),
            table.labelKnownTime.count == table.knownTime.count,
            table.instrument.allSatisfy({ $0 >= 0 && $0 < table.instruments.count })
        else { throw malformed("found columns of different lengths") }
        return table
    }
}

extension Column {
    /// A copy of all values, made at once: iterating a column of another module is a call an element.
    fileprivate var array: [Element] {
        withPointer { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }
}
