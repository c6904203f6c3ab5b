import Basics

extension MarketCalendar {
    static let newYork = MarketCalendar(
        "XNYS", "New York Stock Exchange and NASDAQ from 1990, with holidays, early closes and extended hours",
        zone: "America/New_York", first: CivilDate(year: 1990, month: 1, day: 1), hours: NewYorkCalendar.hours)
}

/// Sessions of the New York Stock Exchange and NASDAQ from 1990, by rule.
///
/// Holidays follow NYSE Rule 7.2; early closes and the closures that no rule gives are listed as they were announced.
/// Trading before the open is from 4:00 to 9:30 and after the close until 20:00, until 17:00 on short days.
enum NewYorkCalendar {
    static func hours(_ date: CivilDate) -> DayHours? {
        guard date.weekday < 5, !isHoliday(date), !unscheduled.contains(date.daysSince1970) else { return nil }
        switch earlyClose(date) {
        case 13: return at13
        case 14: return at14
        default: return regular
        }
    }

    private static let pre = [SessionHours((4, 0), (9, 30))]
    private static let regular = DayHours(
        [SessionHours((9, 30), (16, 0))], pre: pre, post: [SessionHours((16, 0), (20, 0))])
    private static let at13 = DayHours(
        [SessionHours((9, 30), (13, 0))], pre: pre, post: [SessionHours((13, 0), (17, 0))], isShort: true)
    private static let at14 = DayHours(
        [SessionHours((9, 30), (14, 0))], pre: pre, post: [SessionHours((14, 0), (17, 0))], isShort: true)

    /// Days of mourning, attacks and storms.
    private static let unscheduled = HolidayTable(
        """
        1994 0427
        2001 0911-0914
        2004 0611
        2007 0102
        2012 1029-1030
        2018 1205
        2025 0109
        """
    ).days

    private static func isHoliday(_ date: CivilDate) -> Bool {
        let (year, month, day, weekday) = (date.year, date.month, date.day, date.weekday)
        // New Year's Day on a Saturday is not observed on the Friday before: that day closes the accounting year.
        if month == 1, day == 1 || (day == 2 && weekday == 0) { return true }
        if month == 1, weekday == 0, (15...21).contains(day), year >= 1998 { return true }  // Martin Luther King
        if month == 2, weekday == 0, (15...21).contains(day) { return true }  // Washington
        if month == 5, weekday == 0, day >= 25 { return true }  // Memorial Day
        if year >= 2022, date.observes(6, 19) { return true }  // Juneteenth
        if date.observes(7, 4) { return true }
        if month == 9, weekday == 0, day <= 7 { return true }  // Labor Day
        if isThanksgiving(date) { return true }
        if date.observes(12, 25) { return true }
        return date == CivilDate.easterSunday(year).adding(-2)  // Good Friday
    }

    private static func isThanksgiving(_ date: CivilDate) -> Bool {
        date.month == 11 && date.weekday == 3 && (22...28).contains(date.day)
    }

    /// The hour of an early close of a trading day, or nil.
    private static func earlyClose(_ date: CivilDate) -> Int? {
        switch (date.month, date.day) {
        case (7, 3):
            // On a Wednesday only since 2013; before, the Friday after the holiday was short instead.
            let isShort = date.weekday == 2 ? date.year >= 2013 : date.weekday != 4 && date.year >= 1995
            return isShort ? 13 : nil
        case (7, 5): return date.weekday == 4 && (1995..<2013).contains(date.year) ? 13 : nil
        case (12, 24): return date.year >= 1993 ? 13 : 14
        case (11, _):
            guard isThanksgiving(date.adding(-1)), date.year >= 1992 else { return nil }
            return date.year == 1992 ? 14 : 13
        default: return oneOff.contains(date.daysSince1970) ? 13 : nil
        }
    }

    private static let oneOff = HolidayTable("1997 1226\n1999 1231\n2003 1226").days
}

extension CivilDate {
    /// Whether it keeps a fixed day: the day itself, the Friday before a Saturday, or the Monday after a Sunday.
    func observes(_ month: Int, _ day: Int) -> Bool {
        let holiday = CivilDate(year: year, month: month, day: day)
        switch holiday.weekday {
        case 5: return daysSince1970 == holiday.daysSince1970 - 1
        case 6: return daysSince1970 == holiday.daysSince1970 + 1
        default: return self == holiday
        }
    }
}
