import Basics

extension MarketCalendar {
    /// Shares in Shanghai, with a break at noon.
    static let shanghai = MarketCalendar(
        "XSHG", "Shanghai Stock Exchange, 09:30 to 11:30 and 13:00 to 15:00, from a table to the end of 2026",
        zone: "Asia/Shanghai", first: ShanghaiCalendar.first, last: ShanghaiCalendar.last
    ) {
        ShanghaiCalendar.isOpen($0) ? ShanghaiCalendar.shares : nil
    }

    /// Steel and other futures of the Shanghai Futures Exchange that trade until 23:00: the evening belongs to the next
    /// trading day, over a weekend too, and there is none before a holiday.
    static let shanghaiFutures = MarketCalendar(
        "XSGE", "Shanghai Futures Exchange with the night session 21:00 to 23:00, from a table to the end of 2026",
        zone: "Asia/Shanghai", first: CivilDate(year: 2017, month: 1, day: 3), last: ShanghaiCalendar.last,
        evening: Evening(second: 75_540, daysBefore: 3), hours: ShanghaiCalendar.futures)
}

/// Trading days of China: lunar holidays and make-up rules that are announced a year ahead. Weekends never trade.
enum ShanghaiCalendar {
    static let first = CivilDate(year: 2006, month: 12, day: 1)
    static let last = CivilDate(year: 2026, month: 12, day: 31)

    static let shares = DayHours([SessionHours((9, 30), (11, 30)), SessionHours((13, 0), (15, 0))])

    static func isOpen(_ date: CivilDate) -> Bool { date.weekday < 5 && !holidays.contains(date) }

    static func futures(_ date: CivilDate) -> DayHours? {
        guard isOpen(date) else { return nil }
        let night = date.adding(date.weekday == 0 ? -3 : -1)
        guard isOpen(night), !withoutNights.contains(date.daysSince1970) else { return dayOnly }
        return date.weekday == 0 ? afterWeekend : afterNight
    }

    private static let day = [
        SessionHours((9, 0), (10, 15)), SessionHours((10, 30), (11, 30)), SessionHours((13, 30), (15, 0)),
    ]
    /// The auction, of which ticks come from its last minute.
    private static let auction = SessionHours((8, 59), (9, 0))
    private static let dayOnly = DayHours(day, pre: [auction])
    private static let afterNight = night(daysBefore: 1)
    private static let afterWeekend = night(daysBefore: 3)

    private static func night(daysBefore days: Int) -> DayHours {
        DayHours(
            [SessionHours((21, 0), (23, 0), dayOffset: -days)] + day,
            pre: [SessionHours((20, 59), (21, 0), dayOffset: -days), auction])
    }

    /// No night sessions from the spring of 2020 until the evening of 6 May.
    private static let withoutNights = HolidayTable("2020 0203-0506").days

    private static let holidays = HolidayTable(
        """
        2007 0101-0103 0219-0223 0501-0507 1001-1005 1231
        2008 0101 0206-0212 0404 0501-0502 0609 0915 0929-1003
        2009 0101-0102 0126-0130 0406 0501 0528-0529 1001-1008
        2010 0101 0215-0219 0405 0503 0614-0616 0922-0924 1001-1007
        2011 0103 0202-0208 0404-0405 0502 0606 0912 1003-1007
        2012 0102-0103 0123-0127 0402-0404 0430-0501 0622 1001-1005
        2013 0101-0103 0211-0215 0404-0405 0429-0501 0610-0612 0919-0920 1001-1007
        2014 0101 0131-0206 0407 0501-0502 0602 0908 1001-1007
        2015 0101-0102 0218-0224 0406 0501 0622 0903-0904 1001-1007
        2016 0101 0208-0212 0404 0502 0609-0610 0915-0916 1003-1007
        2017 0102 0127-0202 0403-0404 0501 0529-0530 1002-1006
        2018 0101 0215-0221 0405-0406 0430-0501 0618 0924 1001-1005 1231
        2019 0101 0204-0208 0405 0501-0503 0607 0913 1001-1007
        2020 0101 0124-0131 0406 0501-0505 0625-0626 1001-1008
        2021 0101 0211-0217 0405 0503-0505 0614 0920-0921 1001-1007
        2022 0103 0131-0204 0404-0405 0502-0504 0603 0912 1003-1007
        2023 0102 0123-0127 0405 0501-0503 0622-0623 0929-1006
        2024 0101 0209-0216 0404-0405 0501-0503 0610 0916-0917 1001-1007
        2025 0101 0128-0204 0404 0501-0505 0602 1001-1008
        2026 0101-0102 0216-0223 0406 0501-0505 0619 0925 1001-1007
        """)
}
