import Basics

extension MarketCalendar {
    /// CME Globex: 17:00 of the evening before to 16:00 in Chicago. Its holidays differ by product; those that all keep
    /// are modelled, the noon closes of some are not.
    static let chicago = MarketCalendar(
        "XCME", "CME Globex from 2005, 17:00 to 16:00 in Chicago, closed on 1 January, Good Friday and 25 December",
        zone: "America/Chicago", first: CivilDate(year: 2005, month: 1, day: 1),
        evening: Evening(second: 61_200, daysBefore: 1)
    ) { date in
        guard date.weekday < 5, !isGlobexHoliday(date) else { return nil }
        return globex
    }

    private static let globex = DayHours([SessionHours(open: 61_200 - 86_400, close: 57_600)])

    private static func isGlobexHoliday(_ date: CivilDate) -> Bool {
        if date.month == 1, date.day == 1 || (date.day == 2 && date.weekday == 0) { return true }
        return date.observes(12, 25) || date == CivilDate.easterSunday(date.year).adding(-2)
    }

    /// Foreign exchange: a day ends at 17:00 in New York, and the week runs from Sunday to Friday. There are no common
    /// holidays.
    static let currencies = MarketCalendar(
        "FX", "foreign exchange, Sunday 17:00 to Friday 17:00 in New York, days from 17:00 to 17:00",
        zone: "America/New_York", first: CivilDate(year: 1971, month: 1, day: 1),
        evening: Evening(second: 61_200, daysBefore: 1)
    ) {
        $0.weekday < 5 ? currencyDay : nil
    }

    private static let currencyDay = DayHours([SessionHours(open: 61_200 - 86_400, close: 61_200)])

    /// Markets that never close, such as those of crypto currencies: days of UTC, so that no clock change makes a gap.
    static let always = MarketCalendar(
        "always", "markets that never close: midnight to midnight UTC", zone: "UTC",
        first: CivilDate(year: 1678, month: 1, day: 1)
    ) { _ in wholeDay }

    private static let wholeDay = DayHours([SessionHours(open: 0, close: 86_400)])
}
