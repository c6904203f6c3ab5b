import Basics
import MarketData
import Testing
import TestSupport

func civilDate(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

extension TradingCalendar {
    /// The wall clock of the calendar, as if it were UTC.
    func local(_ time: Nanoseconds) -> Nanoseconds {
        var zone = zone
        return zone.local(time)
    }

    /// UTC of the calendar's wall clock.
    func utc(_ date: String, _ hour: Int, _ minute: Int) throws -> Nanoseconds {
        var zone = zone
        let day = try civilDate(date).daysSince1970
        return zone.utc(Int64(day * 86_400 + hour * 3600 + minute * 60) * 1_000_000_000)
    }
}

@Suite struct SessionTests {
    static let minute: Nanoseconds = 60_000_000_000

    @Test("New York: a regular, a short and a closed day, with the hours around")
    func newYork() throws {
        var calendar = try TradingCalendar("XNYS")
        let regular = try #require(try calendar.session(of: try civilDate("2025-05-12")))
        #expect(TimeText.utc(regular.open) == "2025-05-12T13:30:00Z" && !regular.isShort)
        #expect(TimeText.utc(regular.close) == "2025-05-12T20:00:00Z")
        #expect(regular.preMarket.map { TimeText.utc($0.open) } == ["2025-05-12T08:00:00Z"])
        #expect(regular.postMarket.map { TimeText.utc($0.close) } == ["2025-05-13T00:00:00Z"])
        let short = try #require(try calendar.session(of: try civilDate("2025-07-03")))
        #expect(short.isShort && TimeText.utc(short.close) == "2025-07-03T17:00:00Z")
        #expect(short.postMarket.map { TimeText.utc($0.close) } == ["2025-07-03T21:00:00Z"])
        #expect(try calendar.session(of: try civilDate("2025-07-04")) == nil)
        #expect(regular.bars(of: 5 * SessionTests.minute) == 78 && short.bars(of: 5 * SessionTests.minute) == 42)
        #expect(regular.bars(of: 60 * SessionTests.minute) == 7)
        let phases: [(Int, Int, SessionPlace.Phase)] = [
            (3, 59, .closed), (4, 0, .extended), (9, 29, .extended), (9, 30, .regular), (15, 59, .regular),
            (16, 0, .extended), (19, 59, .extended), (20, 0, .closed),
        ]
        for (hour, minute, phase) in phases {
            let place = try calendar.place(calendar.utc("2025-05-12", hour, minute))
            #expect(place.phase == phase && place.day == regular.label.daysSince1970, "\(hour):\(minute)")
        }
        #expect(try calendar.session(after: short.label)?.label.description == "2025-07-07")
        #expect(try calendar.session(before: short.label)?.label.description == "2025-07-02")
    }

    @Test("Shanghai futures: the evening belongs to the next trading day, and there is none before a holiday")
    func night() throws {
        var calendar = try TradingCalendar("XSGE")
        func label(_ date: String, _ hour: Int, _ minute: Int = 0) throws -> String? {
            try calendar.session(containing: calendar.utc(date, hour, minute))?.label.description
        }
        #expect(try label("2025-06-05", 21) == "2025-06-06" && label("2025-06-06", 14, 59) == "2025-06-06")
        #expect(try label("2025-06-06", 22, 59) == "2025-06-09" && label("2025-06-06", 23) == nil)
        #expect(try label("2025-06-07", 21, 30) == nil && label("2025-06-08", 21, 30) == nil)
        #expect(try label("2025-06-09", 10, 14) == "2025-06-09" && label("2025-06-09", 10, 15) == nil)
        #expect(try label("2025-06-09", 11, 30) == nil && label("2025-06-09", 13, 29) == nil)
        // The Dragon Boat holiday is Monday 2 June: none on Friday 30 May, none on Monday.
        #expect(try label("2025-05-30", 21, 30) == nil && label("2025-06-02", 21, 30) == nil)
        #expect(try label("2025-06-03", 9) == "2025-06-03" && label("2025-06-03", 21) == "2025-06-04")
        // Eight days off from 1 October 2025 on.
        #expect(try label("2025-09-30", 21, 30) == nil && label("2025-10-08", 21, 30) == nil)
        #expect(try label("2025-10-09", 21, 30) == "2025-10-10")
        #expect(try label("2020-04-15", 21, 30) == nil && label("2020-05-06", 21, 30) == "2020-05-07")
        let monday = try #require(try calendar.session(of: try civilDate("2025-06-09")))
        #expect(monday.intervals.count == 4 && TimeText.utc(monday.open) == "2025-06-06T13:00:00Z")
        #expect(monday.length == 345 * SessionTests.minute && monday.bars(of: SessionTests.minute) == 345)
        let place = try calendar.place(calendar.utc("2025-06-06", 20, 59))
        #expect(place.phase == .extended && place.day == monday.label.daysSince1970)
        #expect(try calendar.place(calendar.utc("2025-06-09", 12, 0)).phase == .pause)
    }

    @Test("CME and foreign exchange: days begin the evening before, and weeks end on Friday")
    func evenings() throws {
        var chicago = try TradingCalendar("XCME"), fx = try TradingCalendar("FX")
        func label(_ calendar: inout TradingCalendar, _ date: String, _ hour: Int) throws -> String? {
            try calendar.session(containing: calendar.utc(date, hour, 30))?.label.description
        }
        #expect(try label(&chicago, "2024-01-07", 16) == nil && label(&chicago, "2024-01-07", 17) == "2024-01-08")
        #expect(try label(&chicago, "2024-01-08", 15) == "2024-01-08" && label(&chicago, "2024-01-08", 16) == nil)
        #expect(try label(&chicago, "2024-01-08", 17) == "2024-01-09" && label(&chicago, "2024-01-12", 17) == nil)
        #expect(try label(&chicago, "2024-01-01", 17) == "2024-01-02" && label(&chicago, "2023-12-31", 17) == nil)
        #expect(try label(&fx, "2024-01-07", 16) == nil && label(&fx, "2024-01-07", 17) == "2024-01-08")
        #expect(try label(&fx, "2024-01-08", 16) == "2024-01-08" && label(&fx, "2024-01-08", 17) == "2024-01-09")
        #expect(try label(&fx, "2024-01-12", 16) == "2024-01-12" && label(&fx, "2024-01-12", 17) == nil)
        #expect(try label(&fx, "2024-01-13", 12) == nil)
    }

    @Test("days of markets that never close are those of UTC, and no clock change makes a gap")
    func always() throws {
        var calendar = try TradingCalendar(.named("always"), zone: "America/New_York")
        let sessions = try calendar.sessions(
            from: CivilDate(year: 2025, month: 3, day: 1), to: CivilDate(year: 2025, month: 3, day: 31))
        #expect(sessions.count == 31 && sessions.allSatisfy { $0.length == 1440 * SessionTests.minute })
        #expect(zip(sessions, sessions.dropFirst()).allSatisfy { $0.close == $1.open })
        let hour = 60 * SessionTests.minute, start = sessions[0].open
        for index in 0..<31 * 24 - 1 {
            let time = start + Int64(index) * hour
            #expect(try calendar.step(time, interval: hour) == time + hour)
            #expect(try calendar.barsBetween(time, time + hour, interval: hour, limit: 3) == 0)
        }
    }

    @Test(
        "sessions are in order and disjoint, and a time leads back to its session, also where the clock changes",
        arguments: MarketCalendar.kinds.names)
    func properties(name: String) throws {
        var calendar = try TradingCalendar(name)
        let zone = calendar.zone.name
        for year in [2019, 2024, 2025] {
            let sessions = try calendar.sessions(
                from: CivilDate(year: year, month: 1, day: 1), to: CivilDate(year: year, month: 12, day: 31))
            #expect(sessions.count > 240)
            var last = Nanoseconds.min
            for session in sessions {
                for interval in session.allIntervals {
                    #expect(interval.open < interval.close && interval.open >= last, "\(session.label) \(zone)")
                    last = interval.close
                }
            }
            let changes = [3, 4, 10, 11]
            for (session, next) in zip(sessions, sessions.dropFirst())
            where changes.contains(session.label.month) || session.label.day > 25 {
                for interval in session.intervals {
                    for time in [interval.open, interval.open + interval.length / 2, interval.close - 1] {
                        #expect(try calendar.session(containing: time) == session)
                        #expect(try calendar.place(time).phase == .regular)
                    }
                    let after = try calendar.session(containing: interval.close)
                    let later = session.intervals.first { $0.open >= interval.close }
                    #expect(after == nil || after == next || later?.open == interval.close)
                }
                #expect(try calendar.session(after: session.label) == next)
                #expect(try calendar.session(before: next.label) == session)
            }
        }
    }
}
