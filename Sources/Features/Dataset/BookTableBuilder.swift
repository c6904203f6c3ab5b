package import Basics
package import MarketData
import Tensors

/// Folds book features and labels over the events of one instrument into a ``FeatureTable``.
package struct BookTableBuilder {
    /// Complete only after ``finish()``.
    package private(set) var table: FeatureTable
    private var features: BookFeatureStream
    private var labels: BookLabelStream
    private var row: [Float]
    /// Rows of the table of the last `horizon` used events, oldest first; −1 for an event without a row.
    private var waiting: [Int] = []
    private var segment: Int32 = -1
    private let priceScale: Double
    /// What became of the events that were pushed; labels are counted once ``finish()`` was called.
    package private(set) var counts: RowCounts
    private var undefined = UndefinedCounts()
    private var length = 0

    /// - Parameters:
    ///   - source: digest of the data.
    ///   - priceDecimals: of the prices of the events.
    ///   - sizeDecimals: of their sizes.
    /// - Throws: ``ConfigError`` for an expression that does not parse, ``Failure`` for an unknown zone.
    package init(
        spec: FeatureSpec, market: MarketSpec, label: LabelSpec, source: String, instrument: String, priceDecimals: Int,
        sizeDecimals: Int = 0
    ) throws {
        table = FeatureTable(spec: spec, market: market, label: label, source: source)
        table.instruments = [instrument]
        features = try BookFeatureStream(
            spec: spec, market: market, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals)
        labels = BookLabelStream(label)
        counts = RowCounts(instrument: instrument)
        row = [Float](repeating: 0, count: features.width)
        priceScale = 1 / Double((0..<priceDecimals).reduce(1) { power, _ in power * 10 })
    }

    /// - Throws: ``Failure`` with code `calendar.unknown` once an event lay beyond the days that the calendar knows.
    package func requireKnown() throws(Failure) { try features.requireKnown() }

    /// Takes the next event. A row cannot be known before its event was, nor before the events that came first.
    package mutating func push(_ event: BookEvent) {
        counts.read += 1
        known = max(known, event.time, event.known)
        let outcome = row.withUnsafeMutableBufferPointer { buffer -> FeatureStream.Row in
            guard let base = buffer.baseAddress else { return .unused }
            return features.push(event, into: base)
        }
        count(outcome)
        guard outcome != .unused else { return }
        if features.segment != segment {
            segment = features.segment
            labels.reset()
            waiting.removeAll(keepingCapacity: true)
        }
        let result = labels.push(
            mid: Double(event.askPrice(0) + event.bidPrice(0)) / 2 * priceScale,
            spread: Double(event.askPrice(0) - event.bidPrice(0)) * priceScale)
        if outcome == .ready {
            values += row
            times.append(event.time)
            knownTimes.append(known)
            segments.append(segment)
            // Until the label is known: rows at the end of a segment keep this.
            forward.append(.nan)
            moves.append(.nan)
            spreads.append(0)
            ends.append(FeatureTable.neverEnds)
            labelKnown.append(FeatureTable.neverEnds)
        }
        waiting.append(outcome == .ready ? forward.count - 1 : -1)
        if let result {
            let index = waiting[waiting.count - 1 - table.label.horizon]
            if index >= 0 {
                (forward[index], moves[index], spreads[index]) = (
                    result.forwardReturn, result.move, Float(result.spreadBps)
                )
                ends[index] = event.time
                labelKnown[index] = known
            }
        }
        if waiting.count > 4096 + table.label.horizon { waiting.removeFirst(4096) }
    }

    private mutating func count(_ outcome: FeatureStream.Row) {
        switch outcome {
        case .ready, .gathered: break
        case .unused where features.isOutsideHours: counts.outsideHours += 1
        case .unused: counts.withoutBook += 1
        case .notReady where features.isWarm:
            counts.undefined += 1
            undefined.add(features.undefined)
        case .notReady: counts.warmUp += 1
        }
        guard outcome != .unused else { return }
        length = features.isFresh ? 1 : length + 1
        counts.longestStretch = max(counts.longestStretch, length)
    }

    // Plain arrays until the end: appending to a column of another module is a call an element.
    private var values: [Float] = []
    private var times: [Nanoseconds] = []
    private var segments: [Int32] = []
    private var forward: [Double] = []
    private var moves: [Double] = []
    private var spreads: [Float] = []
    private var ends: [Nanoseconds] = []
    private var knownTimes: [Nanoseconds] = []
    private var labelKnown: [Nanoseconds] = []
    /// When everything up to the last event could be known.
    private var known = Nanoseconds.min

    /// The table with all labels that became known.
    package consuming func finish() -> FeatureTable { finishCounted().table }

    /// The same with what became of the events.
    package consuming func finishCounted() -> (table: FeatureTable, counts: RowCounts) {
        counts.countLabels(moves)
        counts.undefinedBy = undefined.named(features.spec, features.program)
        table.values = Column(values)
        table.time = Column(times)
        table.instrument = Column([Int32](repeating: 0, count: times.count))
        table.segment = Column(segments)
        table.forwardReturn = Column(forward)
        table.labelMove = Column(moves)
        table.spreadBps = Column(spreads)
        table.labelEnd = Column(ends)
        table.knownTime = Column(knownTimes)
        table.labelKnownTime = Column(labelKnown)
        return (table, counts)
    }
}
