import Basics
import MarketData
import Testing

@Suite struct BarStepTests {
    static let minute = SessionTests.minute
    static let day = 1440 * SessionTests.minute

    @Test("bars shorter than a day step within a session, over breaks and nights, counted from the open")
    func within() throws {
        var shanghai = try TradingCalendar("XSHG"), newYork = try TradingCalendar("XNYS")
        let five = 5 * BarStepTests.minute, hour = 60 * BarStepTests.minute
        let noon = try shanghai.utc("2025-06-05", 11, 25), afternoon = try shanghai.utc("2025-06-05", 13, 0)
        #expect(try shanghai.step(noon, interval: five) == afternoon)
        #expect(try shanghai.barsBetween(noon, afternoon, interval: five, limit: 5) == 0)
        #expect(try shanghai.barsBetween(noon - five, afternoon + five, interval: five, limit: 5) == 2)
        let last = try newYork.utc("2025-05-16", 15, 55), next = try newYork.utc("2025-05-19", 9, 30)
        #expect(try newYork.step(last, interval: five) == next)
        #expect(try newYork.barsBetween(last, next, interval: five, limit: 5) == 0)
        #expect(try newYork.barsBetween(last, next + 3 * five, interval: five, limit: 5) == 3)
        #expect(try newYork.barsBetween(last, next + 3 * BarStepTests.day, interval: five, limit: 5) == 6)
        // Hour bars of New York lie on the open's grid with one vendor and on the full hour with another.
        for (first, second, night) in [(15, 16, (9, 30)), (15, 16, (9, 0))] {
            let isFull = night.1 == 0
            let a = try newYork.utc("2025-05-16", first, night.1), b = try newYork.utc("2025-05-19", night.0, night.1)
            #expect(try newYork.barsBetween(a, b, interval: hour, limit: 3) == 0, "\(isFull) \(second)")
            let c = try newYork.utc("2025-05-19", night.0 + 1, night.1)
            #expect(try newYork.barsBetween(a, c, interval: hour, limit: 3) == 1)
            #expect(try newYork.barsBetween(b, c, interval: hour, limit: 3) == 0)
        }
        #expect(try newYork.barsBetween(next, last, interval: five, limit: 3) == nil)
        #expect(try newYork.barsBetween(last, last + five, interval: five, limit: 3) == nil)
    }

    @Test("daily bars step by session, whatever their stamp; weekly ones by week")
    func daily() throws {
        var calendar = try TradingCalendar("XNYS")
        let friday = try calendar.utc("2025-07-03", 0, 0), monday = try calendar.utc("2025-07-07", 0, 0)
        #expect(try calendar.step(friday, interval: BarStepTests.day) == monday)
        #expect(
            try calendar.step(calendar.utc("2025-07-03", 9, 30), interval: BarStepTests.day)
                == calendar.utc("2025-07-07", 9, 30))
        // Over the clock change of spring.
        #expect(
            try calendar.step(calendar.utc("2025-03-07", 0, 0), interval: BarStepTests.day)
                == calendar.utc("2025-03-10", 0, 0))
        #expect(try calendar.barsBetween(friday, monday, interval: BarStepTests.day, limit: 3) == 0)
        #expect(try calendar.barsBetween(friday, monday + BarStepTests.day, interval: BarStepTests.day, limit: 3) == 1)
        let week = 7 * BarStepTests.day
        let first = try calendar.utc("2025-03-03", 0, 0), second = try calendar.utc("2025-03-10", 0, 0)
        #expect(try calendar.step(first, interval: week) == second)
        #expect(try calendar.barsBetween(first, second, interval: week, limit: 3) == 0)
        #expect(try calendar.barsBetween(first, second + 2 * week, interval: week, limit: 3) == 2)
        // Stamps in UTC of a day in New York.
        var utc = try TradingCalendar(.named("XNYS"), zone: "UTC")
        let midnight = Int64(try civilDate("2025-07-03").daysSince1970) * BarStepTests.day
        #expect(try utc.label(ofDailyBarAt: midnight).description == "2025-07-03")
        #expect(try utc.step(midnight, interval: BarStepTests.day) == midnight + 4 * BarStepTests.day)
        var futures = try TradingCalendar("XSGE")
        #expect(try futures.label(ofDailyBarAt: futures.utc("2025-06-06", 21, 0)).description == "2025-06-09")
        #expect(try futures.label(ofDailyBarAt: futures.utc("2025-06-06", 0, 0)).description == "2025-06-06")
    }

    @Test("the clock: daily bars follow each other without options, breaks and nights are no gaps")
    func clock() throws {
        func clock(_ calendar: String, _ interval: String, bounded: Bool) throws -> SessionClock {
            var market = MarketSpec()
            market.zone = try MarketCalendar.kinds.find(calendar).zone
            market.calendar = .named(calendar)
            market.interval = try #require(Interval.parse(interval))
            return try SessionClock(market: market, isBounded: bounded, allHours: false, missingBarsAllowed: 0)
        }
        var daily = try clock("XNYS", "1d", bounded: true)
        let newYork = try TradingCalendar("XNYS")
        let thursday = try newYork.utc("2025-07-03", 0, 0), monday = try newYork.utc("2025-07-07", 0, 0)
        #expect(daily.isTraded(thursday) && daily.isTraded(monday))
        #expect(!daily.isTraded(try newYork.utc("2025-07-04", 0, 0)))
        #expect(daily.follows(monday, after: thursday) && daily.fits(bars: 100, after: monday))
        #expect(!daily.follows(try newYork.utc("2025-07-08", 0, 0), after: thursday))
        var noon = try clock("XSHG", "5m", bounded: true)
        let shanghai = try TradingCalendar("XSHG")
        let before = try shanghai.utc("2025-06-05", 11, 25), after = try shanghai.utc("2025-06-05", 13, 0)
        #expect(noon.follows(after, after: before) && noon.fits(bars: 24, after: before))
        #expect(!noon.fits(bars: 25, after: before) && !noon.isTraded(before + 300_000_000_000))
        var hours = try clock("XNYS", "1h", bounded: true)
        #expect(hours.isTraded(try newYork.utc("2025-05-12", 9, 0)))
        #expect(!hours.isTraded(try newYork.utc("2025-05-12", 8, 0)))
        #expect(hours.place(try newYork.utc("2025-05-12", 9, 0)).timeOfDay == -1)
        #expect(hours.fits(bars: 6, after: try newYork.utc("2025-05-12", 9, 0)))
        #expect(!hours.fits(bars: 7, after: try newYork.utc("2025-05-12", 9, 0)))
        var night = try clock("XNYS", "5m", bounded: false)
        #expect(night.follows(try newYork.utc("2025-05-13", 9, 30), after: try newYork.utc("2025-05-12", 15, 55)))
        #expect(!night.follows(try newYork.utc("2025-05-13", 9, 35), after: try newYork.utc("2025-05-12", 15, 55)))
        #expect(night.unknown == nil)
        #expect(!noon.isTraded(try shanghai.utc("2027-01-04", 9, 30)) && noon.unknown?.code == "calendar.unknown")
        #expect(throws: Failure.self) { try noon.requireKnown() }
    }
}
