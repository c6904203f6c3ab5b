import Basics
import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct CalendarDaysTests {
    /// Weekday closures and short sessions of the key, by calendar and date.
    static func key() throws -> [String: [CivilDate: String]] {
        let text = try FileChunks.text(SharedData.path("data/keys/calendar-days.csv"))
        var key: [String: [CivilDate: String]] = [:]
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: ",").map(String.init)
            guard fields.count == 3, let date = CivilDate(fields[1]) else { continue }
            key[fields[0], default: [:]][date] = fields[2]
        }
        return key
    }

    static let spans: [(String, String, String)] = [
        ("XNYS", "1990-01-01", "2027-12-31"), ("XLON", "2006-12-01", "2027-10-31"),
        ("XSHG", "2006-12-01", "2026-12-31"), ("XBOM", "2006-12-01", "2026-12-31"),
    ]

    @Test(
        "every weekday of the key is open, short or closed as the key says",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: spans)
    func days(name: String, first: String, last: String) throws {
        let key = try #require(try CalendarDaysTests.key()[name])
        var calendar = try TradingCalendar(name)
        var seen = 0, wrong: [String] = []
        for day in try civilDate(first).daysSince1970...(try civilDate(last).daysSince1970) {
            let date = CivilDate(daysSince1970: day), session = try calendar.session(of: date)
            guard date.weekday < 5 else {
                if session != nil { wrong.append("\(date) open") }
                continue
            }
            let found = session.map {
                $0.isShort ? "closes \(TimeText.wallClock(calendar.local($0.close)).dropFirst(11).prefix(5))" : "open"
            }
            if key[date] != nil { seen += 1 }
            if (found ?? "closed") != key[date] ?? "open" { wrong.append("\(date) \(found ?? "closed")") }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(20))")
        #expect(seen == key.count, "\(seen) of \(key.count)")
    }

    @Test(
        "opens and closes in UTC are those of another library, session by session",
        .enabled(if: SharedData.pythonHas("exchange_calendars"), "needs exchange_calendars"),
        arguments: [
            ("XNYS", "1990-01-01", "2040-12-31"), ("XLON", "2003-01-01", "2040-12-31"),
            ("XSHG", "2006-12-01", "2026-12-31"), ("XBOM", "2006-12-01", "2026-12-31"),
        ])
    func exchangeCalendars(name: String, first: String, last: String) throws {
        let python = try #require(SharedData.client("python3"))
        let script = """
            import sys, exchange_calendars as ec
            name, first, last = sys.argv[1:]
            calendar = ec.get_calendar(name, start=first, end=last)
            for row in calendar.schedule.itertuples():
                times = [row.open, row.break_start, row.break_end, row.close]
                print(row.Index.date(), *[int(t.timestamp()) for t in times if t == t])
            """
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(python, ["-c", script, name, first, last], in: directory.path)
        try #require(result.status == 0, "\(result.errors.suffix(400))")
        var calendar = try TradingCalendar(name)
        let sessions = try calendar.sessions(from: try civilDate(first), to: try civilDate(last))
        let own = sessions.map { session in
            let times = session.intervals.flatMap { [$0.open, $0.close] }.map { "\($0 / 1_000_000_000)" }
            return "\(session.label) \(times.joined(separator: " "))"
        }
        let theirs = result.output.split(separator: "\n").map(String.init)
        #expect(own.count == theirs.count && own.count > 4000)
        let differences = Set(own).symmetricDifference(theirs).sorted()
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(12))")
    }

    @Test(
        "the days on which CME Globex is closed are those of another library",
        .enabled(if: SharedData.pythonHas("exchange_calendars"), "needs exchange_calendars"))
    func chicago() throws {
        let python = try #require(SharedData.client("python3"))
        let script = """
            import exchange_calendars as ec
            for day in ec.get_calendar("CMES", start="2005-01-01", end="2030-12-31").sessions: print(day.date())
            """
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(python, ["-c", script], in: directory.path)
        try #require(result.status == 0, "\(result.errors.suffix(400))")
        var calendar = try TradingCalendar("XCME")
        let own = try calendar.sessions(
            from: CivilDate(year: 2005, month: 1, day: 1), to: CivilDate(year: 2030, month: 12, day: 31)
        ).map { $0.label.description }
        let differences = Set(own).symmetricDifference(result.output.split(separator: "\n").map(String.init)).sorted()
        // Days of mourning on which shares and their futures were closed, and all others traded.
        #expect(
            own.count > 6500 && differences == ["2007-01-02", "2018-12-05", "2025-01-09"], "\(differences.prefix(12))")
    }
}
