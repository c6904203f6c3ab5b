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
    private var state: FeatureProgram.State
    private let priceScale: Double
    private let volumeScale: Double
    /// Counts up whenever an unbroken stretch of valid rows ends.
    package private(set) var segment: Int32 = -1

    /// - Parameters:
    ///   - priceDecimals: of the integers in the bars.
    ///   - volumeDecimals: of the integers in the bars.
    /// - Throws: ``Failure`` with code `features.input` for features that are not of bars, `features.join` for
    ///   those of several sources, or one for an unknown zone; ``ConfigError`` for an expression that does not parse.
    package init(spec: FeatureSpec, market: MarketSpec, priceDecimals: Int, volumeDecimals: Int) throws {
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
        state = FeatureProgram.State(program)
        priceScale = 1 / Double(FixedPoint.powers[priceDecimals])
        volumeScale = 1 / Double(FixedPoint.powers[volumeDecimals])
    }

    /// - Throws: ``Failure`` with code `calendar.unknown` once a bar lay beyond the days that the calendar knows.
    package func requireKnown() throws(Failure) { try segmenter.requireKnown() }

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
        /// The bar was used but its row does not count: the segment is still warming up, or a value is undefined.
        case notReady
        case ready
    }

    /// Takes one bar; `row` holds `width` floats. Allocates nothing.
    package mutating func push(_ bar: Bar, into row: UnsafeMutablePointer<Float>) -> Row {
        let verdict = segmenter.push(bar.time)
        guard verdict.isUsed else { return .unused }
        if verdict.startsSegment {
            state.reset()
            segment += 1
        }
        var inputs = FeatureProgram.Inputs()
        inputs.open = Double(bar.open) * priceScale
        inputs.high = Double(bar.high) * priceScale
        inputs.low = Double(bar.low) * priceScale
        inputs.close = Double(bar.close) * priceScale
        inputs.volume = Double(bar.volume) * volumeScale
        inputs.timeOfDay = verdict.timeOfDay
        if state.push(inputs, program, into: row) { return .ready }
        // An undefined value inside a warm segment breaks it for windows, but not for the operators' memory.
        if state.bars >= program.warmUp { segment += 1 }
        return .notReady
    }
}
