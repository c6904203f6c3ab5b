import Basics

extension MarketCalendar {
    static let london = MarketCalendar(
        "XLON", "London Stock Exchange from 2003, 08:00 to 16:30, with holidays and half-days", zone: "Europe/London",
        first: CivilDate(year: 2003, month: 1, day: 1), hours: LondonCalendar.hours)
}

/// Sessions of the London Stock Exchange: the bank holidays of England by rule, and those that were moved or added.
enum LondonCalendar {
    static func hours(_ date: CivilDate) -> DayHours? {
        guard isOpen(date) else { return nil }
        // The last session on or before 24 and 31 December closes at half past twelve.
        guard date.month == 12, (20...24).contains(date.day) || date.day >= 27 else { return regular }
        let eve = CivilDate(year: date.year, month: 12, day: date.day <= 24 ? 24 : 31)
        let isLast = (date.daysSince1970..<eve.daysSince1970).allSatisfy {
            !isOpen(CivilDate(daysSince1970: $0 + 1))
        }
        return isLast ? half : regular
    }

    private static let regular = DayHours([SessionHours((8, 0), (16, 30))])
    private static let half = DayHours([SessionHours((8, 0), (12, 30))], isShort: true)

    private static func isOpen(_ date: CivilDate) -> Bool { date.weekday < 5 && !isHoliday(date) }

    /// Royal weddings, jubilees, a funeral and a coronation, and where holidays were moved to.
    private static let added = HolidayTable(
        """
        2011 0429
        2012 0604-0605
        2020 0508
        2022 0602-0603 0919
        2023 0508
        """
    ).days
    /// Where holidays were moved from.
    private static let removed = HolidayTable("2012 0528\n2020 0504\n2022 0530").days

    private static func isHoliday(_ date: CivilDate) -> Bool {
        let (month, day, weekday) = (date.month, date.day, date.weekday)
        if added.contains(date.daysSince1970) { return true }
        if removed.contains(date.daysSince1970) { return false }
        switch month {
        case 1: return day == 1 || (weekday == 0 && day <= 3)
        case 5: return weekday == 0 && (day <= 7 || day >= 25)
        case 8: return weekday == 0 && day >= 25
        case 12:
            if day == 25 || day == 26 { return true }
            // What falls on a weekend is kept on the first days after it: Monday 27, Tuesday 28.
            return (day == 27 && weekday <= 1) || (day == 28 && weekday <= 1)
        default: break
        }
        let easter = CivilDate.easterSunday(date.year)
        return date == easter.adding(-2) || date == easter.adding(1)
    }
}
