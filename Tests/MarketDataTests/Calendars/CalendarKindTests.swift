import Basics
import MarketData
import Testing

@Suite struct CalendarKindTests {
    @Test("the table has every calendar once, and an unknown one is refused with the nearest")
    func table() throws {
        let kinds = MarketCalendar.kinds
        #expect(kinds.duplicates.isEmpty && kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(kinds.names == ["XNYS", "XLON", "XSHG", "XSGE", "XNSE", "XBOM", "XCME", "FX", "always"])
        let error = #expect(throws: ConfigError.self) { try CalendarSpec(.string("XNYZ"), path: "calendar") }
        #expect(error?.hint == "did you mean 'XNYS'?" && error?.problem.contains("unknown calendar 'XNYZ'") == true)
        #expect(throws: ConfigError.self) { try TradingCalendar("nowhere") }
        #expect(throws: ConfigError.self) { try TradingCalendar(.named("nowhere"), zone: "UTC") }
    }

    @Test("hours of one's own lie in the market's zone, and read back to an equal spec")
    func own() throws {
        let own = try CalendarSpec(
            JSONParser.parse(#"{"open": "09:00", "close": "17:30", "holidays": ["2025-05-16"]}"#), path: "calendar")
        var calendar = try TradingCalendar(own, zone: "Europe/Berlin")
        let open = try ["2025-05-15", "2025-05-16", "2025-05-17", "2025-07-04"].map {
            try calendar.session(of: try civilDate($0)).map { [TimeText.utc($0.open), TimeText.utc($0.close)] }
        }
        #expect(
            open == [
                ["2025-05-15T07:00:00Z", "2025-05-15T15:30:00Z"], nil, nil,
                ["2025-07-04T07:00:00Z", "2025-07-04T15:30:00Z"],
            ])
        #expect(try CalendarSpec(own.json, path: "calendar") == own)
        #expect(try CalendarSpec(.string("always"), path: "calendar").json.stringValue == "always")
    }

    @Test(
        "hours that are none are refused",
        arguments: [
            #"{"open": "09:00", "close": "09:00"}"#, #"{"open": "9", "close": "10:00"}"#,
            #"{"open": "25:00", "close": "26:00"}"#, #"{"open": "09:60", "close": "10:00"}"#, #"{"open": "09:00"}"#,
            #"{"open": "09:00", "close": "10:00", "holidays": ["May 1"]}"#,
        ])
    func hours(text: String) {
        #expect(throws: ConfigError.self) { try CalendarSpec(JSONParser.parse(text), path: "calendar") }
    }

    @Test(
        "Easter Sundays, from the almanac",
        arguments: [(2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)])
    func goodFriday(year: Int, month: Int, day: Int) throws {
        var calendar = try TradingCalendar("XNYS")
        let easter = CivilDate(year: year, month: month, day: day).daysSince1970
        #expect(try calendar.session(of: CivilDate(daysSince1970: easter - 2)) == nil)
        #expect(try calendar.session(of: CivilDate(daysSince1970: easter - 3)) != nil)
    }

    @Test("a day beyond what is known is an error that names the last day, in both directions")
    func unknown() throws {
        var shanghai = try TradingCalendar("XSHG"), newYork = try TradingCalendar("XNYS")
        let after = try civilDate("2027-01-04"), before = try civilDate("1989-12-29")
        let late = #expect(throws: Failure.self) { try shanghai.session(of: after) }
        #expect(late?.code == "calendar.unknown" && late?.message.contains("to 2026-12-31") == true)
        #expect(late?.message.contains("2027-01-04") == true && late?.message.contains("XSHG") == true)
        let time = Int64(after.daysSince1970) * 86_400_000_000_000
        #expect(throws: Failure.self) { try shanghai.session(containing: time) }
        #expect(throws: Failure.self) { try shanghai.place(time) }
        #expect(throws: Failure.self) {
            try shanghai.sessions(from: CivilDate(year: 2026, month: 12, day: 1), to: after)
        }
        #expect(throws: Failure.self) { try shanghai.session(after: CivilDate(year: 2026, month: 12, day: 31)) }
        #expect(throws: Failure.self) { try newYork.session(of: before) }
        #expect(throws: Failure.self) { try newYork.session(before: CivilDate(year: 1990, month: 1, day: 2)) }
        #expect(try newYork.session(of: CivilDate(year: 2099, month: 1, day: 5)) != nil)
        // The evening of the last day belongs to nobody knows what; the day itself is known.
        var futures = try TradingCalendar("XSGE")
        let noon = Int64(CivilDate(year: 2026, month: 12, day: 31).daysSince1970) * 86_400_000_000_000
        #expect(try futures.session(containing: noon + 2 * 3_600_000_000_000) != nil)
        #expect(try futures.session(containing: noon + 10 * 3_600_000_000_000) == nil)
        #expect(throws: Failure.self) { try futures.session(containing: noon + 13 * 3_600_000_000_000) }
    }

    @Test("days and bars of a year are counted on the calendar")
    func year() throws {
        let minutes: Nanoseconds = 60_000_000_000
        func days(_ name: String) -> Int { CalendarSpec.named(name).daysPerYear }
        #expect(days("XNYS") == 252 && days("always") == 365 && days("XLON") == 253 && days("FX") == 261)
        #expect((242...245).contains(days("XSHG")) && days("XSGE") >= 242 && (245...249).contains(days("XBOM")))
        let always = CalendarSpec.named("always"), newYork = CalendarSpec.named("XNYS")
        #expect(always.barsPerYear(interval: 5 * minutes) == 365 * 24 * 60 / 5)
        #expect(always.barsPerYear(interval: minutes) == 365 * 24 * 60)
        let bars = newYork.barsPerYear(interval: 5 * minutes)
        #expect(bars < 252 * 78 && bars > 252 * 78 - 5 * 36, "\(bars)")
        #expect(newYork.barsPerYear(interval: 1440 * minutes) == 252)
        #expect(abs(newYork.barsPerYear(interval: 7 * 1440 * minutes) - 52.14) < 0.01)
        // Twenty-four bars in the morning and in the afternoon.
        #expect(
            CalendarSpec.named("XSHG").barsPerYear(interval: 5 * minutes) == Double(days("XSHG")) * 48)
        let own = CalendarSpec.weekdays(SessionHours(open: 36_000, close: 57_600), holidays: [])
        #expect(own.daysPerYear == 261 && own.barsPerYear(interval: 30 * minutes) == 261 * 12)
    }
}
