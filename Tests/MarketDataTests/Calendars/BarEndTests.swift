import Basics
import MarketData
import Testing

/// When bars end, by hand: from then on they can be known.
@Suite struct BarEndTests {
    private static let minute: Nanoseconds = 60_000_000_000, hour = 60 * minute, day = 24 * hour

    /// A wall-clock time of a zone, such as `2024-06-28 15:30`.
    private func at(_ text: String, _ zone: String) throws -> Nanoseconds {
        var zone = try ExchangeZone(zone)
        return zone.utc(try #require(TimeText.parseWallClock(text.replacing(" ", with: "T") + ":00")))
    }

    @Test(
        "bars shorter than a day end an interval later, and the last one at the close",
        arguments: [
            ("XNYS", "America/New_York", "2024-06-28 09:30", minute, "2024-06-28 09:31"),
            ("XNYS", "America/New_York", "2024-06-28 15:55", 5 * minute, "2024-06-28 16:00"),
            // Hour bars from half past: the seventh has half an hour.
            ("XNYS", "America/New_York", "2024-06-28 14:30", hour, "2024-06-28 15:30"),
            ("XNYS", "America/New_York", "2024-06-28 15:30", hour, "2024-06-28 16:00"),
            // Half-days close at one.
            ("XNYS", "America/New_York", "2024-07-03 12:30", hour, "2024-07-03 13:00"),
            ("XNYS", "America/New_York", "2024-11-29 12:45", 30 * minute, "2024-11-29 13:00"),
            // On the full hour a bar may begin before the open.
            ("XNYS", "America/New_York", "2024-06-28 09:00", hour, "2024-06-28 10:00"),
            // The break at noon of Shanghai.
            ("XSHG", "Asia/Shanghai", "2024-06-28 11:00", hour, "2024-06-28 11:30"),
            ("XSHG", "Asia/Shanghai", "2024-06-28 13:00", hour, "2024-06-28 14:00"),
            // Over the break: the last stretch that it is part of counts.
            ("XSHG", "Asia/Shanghai", "2024-06-28 11:15", 2 * hour, "2024-06-28 13:15"),
            // Outside the session nothing says more than the length.
            ("XNYS", "America/New_York", "2024-06-28 17:00", hour, "2024-06-28 18:00"),
            // Days of a market that never closes border on each other.
            ("always", "UTC", "2024-06-28 23:30", hour, "2024-06-29 00:30"),
        ])
    func intraday(calendar: String, zone: String, start: String, interval: Nanoseconds, end: String) throws {
        var calendar = try TradingCalendar(calendar)
        let found = try calendar.end(ofBarAt: try at(start, zone), interval: interval)
        #expect(found == (try at(end, zone)), "\(TimeText.utc(found))")
    }

    @Test("with trading before and after the session, a bar over the close ends an interval later")
    func allHours() throws {
        var calendar = try TradingCalendar("XNYS")
        let start = try at("2024-06-28 15:30", "America/New_York")
        #expect(try calendar.end(ofBarAt: start, interval: Self.hour, allHours: true) == start + Self.hour)
        let last = try at("2024-06-28 19:30", "America/New_York")
        #expect(try calendar.end(ofBarAt: last, interval: Self.hour, allHours: true) == last + Self.hour / 2)
    }

    @Test(
        "a daily bar ends at its session's close, a longer one at that of the last session it covers",
        arguments: [
            ("2024-06-28 00:00", day, "2024-06-28 16:00"), ("2024-06-28 09:30", day, "2024-06-28 16:00"),
            ("2024-07-03 00:00", day, "2024-07-03 13:00"), ("2024-11-29 00:00", day, "2024-11-29 13:00"),
            // Two sessions from a Friday on.
            ("2024-06-28 00:00", 2 * day, "2024-07-01 16:00"),
            // Weeks from Monday on; the one of a Friday that was a holiday.
            ("2024-06-24 00:00", 7 * day, "2024-06-28 16:00"), ("2024-06-26 00:00", 7 * day, "2024-06-28 16:00"),
            ("2024-03-25 00:00", 7 * day, "2024-03-28 16:00"), ("2024-06-24 00:00", 14 * day, "2024-07-05 16:00"),
            // A closed day: midnight. A stamp at or behind the close covers what comes.
            ("2024-07-04 00:00", day, "2024-07-05 00:00"), ("2024-06-28 16:00", day, "2024-06-29 16:00"),
            ("2024-06-28 20:00", day, "2024-06-29 20:00"),
        ])
    func daily(start: String, interval: Nanoseconds, end: String) throws {
        var calendar = try TradingCalendar("XNYS")
        let found = try calendar.end(ofBarAt: try at(start, "America/New_York"), interval: interval)
        #expect(found == (try at(end, "America/New_York")), "\(TimeText.utc(found))")
    }

    @Test("no bar ends before it begins, or more than an interval later, whatever its time")
    func bounds() throws {
        var random = SeededRandom(seed: 17)
        let start = try at("2020-01-02 00:00", "UTC")
        for name in ["XNYS", "XSHG", "XLON", "XNSE", "always"] {
            var calendar = try TradingCalendar(name)
            guard calendar.knows(CivilDate(year: 2020, month: 1, day: 1)) else { continue }
            for interval in [Self.minute, 7 * Self.minute, Self.hour, 4 * Self.hour] {
                for _ in 0..<200 {
                    let time = start + Int64(random.index(below: 300 * 24 * 60)) * Self.minute
                    for allHours in [false, true] {
                        let end = try calendar.end(ofBarAt: time, interval: interval, allHours: allHours)
                        #expect(end > time && end <= time + interval, "\(name) \(TimeText.utc(time))")
                    }
                }
            }
        }
    }

    @Test("bars between two, and the end, of a clock that is asked beyond its calendar: an error, no guess")
    func unknown() throws {
        var market = MarketSpec()
        market.calendar = .named("XNSE")
        market.zone = "Asia/Kolkata"
        var clock = try SessionClock(market: market, isBounded: true, allHours: false, missingBarsAllowed: 0)
        _ = clock.end(ofBarAt: try at("1971-01-04 09:30", "Asia/Kolkata"))
        #expect(throws: Failure.self) { try clock.requireKnown() }
    }
}
