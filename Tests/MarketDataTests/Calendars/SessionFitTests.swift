import Basics
import MarketData
import TestSupport
import Testing

/// Stamps held against sessions.
@Suite struct SessionFitTests {
    private static let minute: Nanoseconds = 60_000_000_000

    /// Starts of all bars of sessions in January 2025, so much later.
    private static func times(shifted: Nanoseconds = 0) throws -> [Nanoseconds] {
        var calendar = try TradingCalendar("XNYS")
        let first = CivilDate(year: 2025, month: 1, day: 2), last = CivilDate(year: 2025, month: 1, day: 31)
        return try calendar.sessions(from: first, to: last).flatMap { session in
            stride(from: session.open, to: session.close, by: Int(5 * minute)).map { $0 + shifted }
        }
    }

    @Test("bars stamped with their open fit, those stamped with their close do not")
    func stampSide() throws {
        #expect(try SessionFit.contradiction(Self.times(), to: MarketSpec()) == nil)
        let late = try SessionFit.contradiction(Self.times(shifted: 5 * Self.minute), to: MarketSpec())
        #expect(late == .stampedAtClose(sessions: 20, of: 20, row: 77))
    }

    @Test("bars that were taken as stamped at their close, and are stamped at their open, are told")
    func mirroredStampSide() throws {
        var market = MarketSpec()
        market.files.stamp = .close
        #expect(try SessionFit.contradiction(Self.times(), to: market) == nil)
        let early = try SessionFit.contradiction(Self.times(shifted: -5 * Self.minute), to: market)
        #expect(early == .stampedAtOpen(sessions: 20, of: 20, row: 0))
    }

    @Test("bars before and after the session are none of the other side")
    func extendedHours() throws {
        // The post-market ends at 20:00: 48 bars behind the 78 of the session.
        let after = try Self.times().enumerated().filter { $0.offset % 78 < 48 }.map { $1 + 390 * Self.minute }
        let times = try Self.times() + after
        #expect(try SessionFit.contradiction(Array(Set(times)).sorted(), to: MarketSpec()) == nil)
    }

    @Test("bars of a market that never closes are none of New York")
    func roundTheClock() throws {
        let start = try #require(TimeText.parseUTC("2025-01-01T00:00:00Z"))
        let times = (0..<5000).map { start + Int64($0) * 5 * Self.minute }
        guard case .closed(let bars, 5000, _)? = try SessionFit.contradiction(times, to: MarketSpec()) else {
            Issue.record("nothing was found")
            return
        }
        #expect(bars > 2000)
        var always = MarketSpec()
        (always.calendar, always.zone) = (.named("always"), "UTC")
        #expect(try SessionFit.contradiction(times, to: always) == nil)
    }

    @Test("real bars fit the market that they are of", .enabled(if: SharedData.isThere, "needs the shared data"))
    func realBars() throws {
        var reader = try BarReader(MarketSpec())
        for file in try BarReader.files(at: SharedData.path("data/bars-us-5min")) {
            #expect(try SessionFit.contradiction(reader.read(file).table.time, to: MarketSpec()) == nil, "\(file)")
        }
    }
}
