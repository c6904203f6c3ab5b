package import Basics
package import MarketData
import Tables

/// The features of one instrument, bar by bar: the only code that computes features, offline and live.
package struct FeatureStream: Sendable {
    /// What is computed.
    let spec: FeatureSpec
    /// The compiled features.
    package let program: FeatureProgram
    /// Features of a row.
    package let width: Int
    private var segmenter: BarSegmenter
    /// Makes coarser bars of the market's; nil where features are of the market's bars.
    private var folder: BarFolder?
    private var state: FeatureProgram.State
    private let priceScale: Double
    private let volumeScale: Double
    /// Nil where prices are used as they come.
    private var history: AdjustedHistory?
    /// Counts up whenever an unbroken stretch of valid rows ends.
    package private(set) var segment: Int32 = -1

    /// - Parameters:
    ///   - priceDecimals: of the integers in the bars.
    ///   - volumeDecimals: of the integers in the bars.
    ///   - actions: of the instrument, where the market adjusts.
    /// - Throws: ``Failure`` with code `features.input` for features that are not of bars, `features.join` for
    ///   those of several sources, `data.actions` for a market that adjusts where no actions are given, `features.bars`
    ///   for coarser bars that the market's make none of, or one for an
    ///   unknown zone; ``ConfigError`` for an expression that does not parse.
    package init(
        spec: FeatureSpec, market: MarketSpec, priceDecimals: Int, volumeDecimals: Int,
        actions: CorporateActionTable? = nil
    ) throws {
        guard spec.input == .bars else {
            throw Failure(
                "features.input", "found features of input '\(spec.input.rawValue)', expected bars",
                hint: "order-book features are fed by book events")
        }
        try spec.requireOneSource()
        self.spec = spec
        program = try spec.program()
        width = spec.features.count
        segmenter = try BarSegmenter(spec: spec, market: market)
        folder = try spec.bars.map {
            try BarFolder(
                $0, market: market, allHours: spec.hours == .all, missingBarsAllowed: spec.missingBarsAllowed,
                priceDecimals: priceDecimals, volumeDecimals: volumeDecimals)
        }
        state = FeatureProgram.State(program)
        priceScale = 1 / Double(FixedPoint.powers[priceDecimals])
        volumeScale = 1 / Double(FixedPoint.powers[volumeDecimals])
        history = try AdjustedHistory(actions, market: market)
    }

    /// - Throws: ``Failure`` with code `calendar.unknown` once a bar lay beyond the days that the calendar knows, with
    ///   code `features.bars` once one fitted no coarser bar.
    package func requireKnown() throws(Failure) {
        try segmenter.requireKnown()
        if let problem = folder?.problem { throw problem }
    }

    /// Coarser bars that were begun and are not there, because bars of the market are missing.
    package var incompleteBars: Int { folder?.incomplete ?? 0 }

    /// Whether the stretch is long enough for all features; one that does not count then has an undefined value.
    package var isWarm: Bool { state.bars >= program.warmUp }

    /// Whether the last bar that was used began a stretch.
    var isFresh: Bool { state.bars == 1 }

    /// What made values of the last row undefined; empty where all are finite.
    package var undefined: [FeatureProgram.Undefined] { state.undefined(program) }

    /// What became of a bar or event.
    package enum Row: Sendable {
        /// The bar is outside the hours that are used.
        case unused
        /// The bar is part of a coarser one that it did not complete.
        case gathered
        /// The bar was used but its row does not count: the segment is still warming up, or a value is undefined.
        case notReady
        case ready
    }

    /// Takes one bar; `row` holds `width` floats. Allocates nothing where prices are used as they come.
    ///
    /// - Complexity: as ``FeatureProgram`` says; O(bars of the stretch) at the bar that a corporate action is effective
    ///   from.
    package mutating func push(_ bar: Bar, into row: UnsafeMutablePointer<Float>) -> Row {
        let verdict = segmenter.push(bar.time)
        guard verdict.isUsed else { return .unused }
        var bar = bar, timeOfDay = verdict.timeOfDay, startsSegment = verdict.startsSegment, isWhole = true
        if let step = folder?.push(bar, startsSegment: startsSegment) {
            startsSegment = step.breaks
            if let coarse = step.bar { (bar, timeOfDay) = (coarse, segmenter.timeOfDay(coarse.time)) }
            isWhole = step.bar != nil
        }
        if startsSegment {
            state.reset()
            segment += 1
            history?.beginSegment()
        }
        guard isWhole else { return .gathered }
        var price = 1.0, volume = 1.0
        if history != nil { (price, volume) = adjust(bar, timeOfDay, row) }
        let inputs = inputs(bar, timeOfDay, price: price, volume: volume)
        if state.push(inputs, program, into: row) { return .ready }
        // An undefined value inside a warm segment breaks it for windows, but not for the operators' memory.
        if state.bars >= program.warmUp { segment += 1 }
        return .notReady
    }

    /// Brings the state to the level of prices of a bar.
    ///
    /// - Parameter row: written over.
    /// - Returns: what its prices and its volume are multiplied by.
    private mutating func adjust(_ bar: Bar, _ timeOfDay: Double, _ row: UnsafeMutablePointer<Float>) -> (
        price: Double, volume: Double
    ) {
        guard var history else { return (1, 1) }
        // One owner of its list of bars, which would be copied with each bar else.
        self.history = nil
        defer { self.history = history }
        if history.push(bar, timeOfDay: timeOfDay) {
            state.reset()
            for index in 0..<history.past {
                let past = history.bar(index)
                _ = state.push(
                    inputs(past.bar, past.timeOfDay, price: past.price, volume: past.volume), program, into: row)
            }
        }
        return history.factors(bar)
    }

    @inline(__always)
    private func inputs(_ bar: Bar, _ timeOfDay: Double, price: Double, volume: Double) -> FeatureProgram.Inputs {
        var inputs = FeatureProgram.Inputs()
        inputs.open = Double(bar.open) * priceScale * price
        inputs.high = Double(bar.high) * priceScale * price
        inputs.low = Double(bar.low) * priceScale * price
        inputs.close = Double(bar.close) * priceScale * price
        inputs.volume = Double(bar.volume) * volumeScale * volume
        inputs.timeOfDay = timeOfDay
        return inputs
    }
}
