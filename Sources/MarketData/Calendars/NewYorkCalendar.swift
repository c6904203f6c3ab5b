import Basics

extension MarketCalendar {
    static let newYork = MarketCalendar(
        "XNYS", "New York Stock Exchange and NASDAQ, with holidays and early closes", session: NewYorkCalendar.session)
}

/// Regular sessions of the New York Stock Exchange and NASDAQ, by rule.
///
/// Holidays follow NYSE Rule 7.2; early closes (13:00) are 3 July, the day after Thanksgiving and 24 December where
/// those are trading days. Unscheduled closures since 2000 are listed. Rules of earlier decades are not modelled.
enum NewYorkCalendar {
    static func session(_ date: CivilDate) -> SessionHours? {
        guard date.weekday < 5, !isHoliday(date), !unscheduled.contains(date) else { return nil }
        return isEarlyClose(date) ? early : regular
    }

    private static let regular = SessionHours(open: 34_200, close: 57_600)
    private static let early = SessionHours(open: 34_200, close: 46_800)

    /// Days of mourning, attacks and storms.
    private static let unscheduled: Set<CivilDate> = [
        CivilDate(year: 2001, month: 9, day: 11), CivilDate(year: 2001, month: 9, day: 12),
        CivilDate(year: 2001, month: 9, day: 13), CivilDate(year: 2001, month: 9, day: 14),
        CivilDate(year: 2004, month: 6, day: 11), CivilDate(year: 2007, month: 1, day: 2),
        CivilDate(year: 2012, month: 10, day: 29), CivilDate(year: 2012, month: 10, day: 30),
        CivilDate(year: 2018, month: 12, day: 5), CivilDate(year: 2025, month: 1, day: 9),
    ]

    static func isHoliday(_ date: CivilDate) -> Bool {
        let (month, day, weekday) = (date.month, date.day, date.weekday)
        /// A fixed day, or the Friday before a Saturday, or the Monday after a Sunday.
        func observes(_ m: Int, _ d: Int) -> Bool {
            let holiday = CivilDate(year: date.year, month: m, day: d)
            switch holiday.weekday {
            case 5: return date.daysSince1970 == holiday.daysSince1970 - 1
            case 6: return date.daysSince1970 == holiday.daysSince1970 + 1
            default: return date == holiday
            }
        }
        // New Year's Day on a Saturday is not observed on the Friday before: that day closes the accounting year.
        if month == 1, day == 1 || (day == 2 && weekday == 0) { return true }
        if month == 1, weekday == 0, (15...21).contains(day), date.year >= 1998 { return true }  // Martin Luther King
        if month == 2, weekday == 0, (15...21).contains(day) { return true }  // Washington
        if month == 5, weekday == 0, day >= 25 { return true }  // Memorial Day
        if date.year >= 2022, observes(6, 19) { return true }  // Juneteenth
        if observes(7, 4) { return true }
        if month == 9, weekday == 0, day <= 7 { return true }  // Labor Day
        if month == 11, weekday == 3, (22...28).contains(day) { return true }  // Thanksgiving
        if observes(12, 25) { return true }
        return date.daysSince1970 == easterSunday(date.year) - 2  // Good Friday
    }

    private static func isEarlyClose(_ date: CivilDate) -> Bool {
        if date.month == 11, date.weekday == 4, (23...29).contains(date.day) { return true }
        if date.month == 12, date.day == 24 { return true }
        return date.month == 7 && date.day == 3
    }

    /// Days since 1970 of Easter Sunday (Gauss's rule in the form of Meeus, Jones and Butcher).
    static func easterSunday(_ year: Int) -> Int {
        let a = year % 19, b = year / 100, c = year % 100
        let d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3
        let h = (19 * a + b - d - g + 15) % 30
        let i = c / 4, k = c % 4
        let l = (32 + 2 * e + 2 * i - h - k) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let sum = h + l - 7 * m + 114
        return CivilDate(year: year, month: sum / 31, day: sum % 31 + 1).daysSince1970
    }
}
