package import Basics
package import MarketData
import Tables

/// The features of one instrument's book, event by event: the only code that computes them, offline and live.
package struct BookFeatureStream: Sendable {
    /// What is computed.
    let spec: FeatureSpec
    /// The compiled features.
    package let program: FeatureProgram
    /// Features of a row.
    package let width: Int
    private let hours: FeatureSpec.Hours
    private let resetsAtSession: Bool
    private let priceScale: Double
    private let sizeScale: Double
    private var calendar: TradingCalendar
    /// The first question about a day that the calendar does not know.
    private var unknown: Failure?
    private var state: FeatureProgram.State
    private var lastTime: Nanoseconds?
    private var lastDay = Int.min
    private var isBroken = true
    /// Counts up whenever an unbroken stretch of valid rows ends.
    package private(set) var segment: Int32 = -1

    /// - Parameters:
    ///   - priceDecimals: of the prices of the events.
    ///   - sizeDecimals: of their sizes.
    /// - Throws: ``ConfigError`` for an expression that does not parse, ``Failure`` for an unknown zone.
    package init(spec: FeatureSpec, market: MarketSpec, priceDecimals: Int, sizeDecimals: Int = 0) throws {
        try spec.requireOneSource()
        self.spec = spec
        program = try spec.program()
        width = spec.features.count
        hours = spec.hours
        resetsAtSession = spec.resetsAtSession
        priceScale = 1 / Double(FixedPoint.powers[priceDecimals])
        sizeScale = 1 / Double(FixedPoint.powers[sizeDecimals])
        calendar = try TradingCalendar(market)
        state = FeatureProgram.State(program)
    }

    /// - Throws: ``Failure`` with code `calendar.unknown` once an event lay beyond the days that the calendar knows.
    package func requireKnown() throws(Failure) { if let unknown { throw unknown } }

    /// Whether the stretch is long enough for all features; one that does not count then has an undefined value.
    package var isWarm: Bool { state.bars >= program.warmUp }

    /// Whether the last event that was used began a stretch.
    var isFresh: Bool { state.bars == 1 }

    /// What made values of the last row undefined; empty where all are finite.
    package var undefined: [FeatureProgram.Undefined] { state.undefined(program) }

    /// Whether the last event was left out because of the hours; one that was not used within them had no book.
    package private(set) var isOutsideHours = false

    /// Takes one event; `row` holds `width` floats. Allocates nothing.
    ///
    /// A halt, a book that begins anew, a book without both sides, time that runs backward, and a new session break the
    /// segment; the event of a book that begins anew is the first of the next one.
    package mutating func push(_ event: BookEvent, into row: UnsafeMutablePointer<Float>) -> FeatureStream.Row {
        let place: SessionPlace
        do {
            place = try calendar.place(event.time)
        } catch {
            if unknown == nil { unknown = error }
            return .unused
        }
        isOutsideHours = place.phase != .regular && hours != .all
        // Also outside the hours: the book after it is another one.
        if event.kind == .restart || event.kind == .halt { isBroken = true }
        guard !isOutsideHours else { return .unused }
        guard event.kind != .halt, event.isTwoSided else {
            isBroken = true
            return .unused
        }
        if isBroken || lastTime.map({ event.time < $0 }) ?? true || (resetsAtSession && place.day != lastDay) {
            state.reset()
            segment += 1
            isBroken = false
        }
        (lastTime, lastDay) = (event.time, place.day)
        var inputs = FeatureProgram.Inputs()
        inputs.book = BookInputs(event, priceScale: priceScale, sizeScale: sizeScale)
        inputs.timeOfDay = place.timeOfDay
        if state.push(inputs, program, into: row) { return .ready }
        if state.bars >= program.warmUp { segment += 1 }
        return .notReady
    }
}
