package import Basics

/// A built-in calendar: when a market is open, by rule.
///
/// A new one is a value in a file here and a line in ``kinds``.
package struct MarketCalendar: Sendable {
    /// The exchange's MIC, or a word.
    let name: String
    let summary: String
    /// The regular session of a local date, or nil when the market is closed.
    let session: @Sendable (CivilDate) -> SessionHours?

    /// Trading days of a year, by which daily ratios are made annual.
    let daysPerYear: Int

    init(
        _ name: String, _ summary: String, daysPerYear: Int = 252,
        session: @escaping @Sendable (CivilDate) -> SessionHours?
    ) {
        (self.name, self.summary, self.session, self.daysPerYear) = (name, summary, session, daysPerYear)
    }

    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<MarketCalendar>(
        "calendar", [.newYork, .mumbai, .always].map { .init($0.name, $0.summary, $0) })
}

extension MarketCalendar {
    /// The National Stock Exchange of India: 09:15 to 15:30 on weekdays. Its holidays are not modelled.
    static let mumbai = MarketCalendar("XNSE", "National Stock Exchange of India, weekdays 09:15 to 15:30, no holidays")
    {
        $0.weekday < 5 ? SessionHours(open: 33_300, close: 55_800) : nil
    }

    /// Markets that never close, such as those of crypto currencies: midnight to midnight.
    static let always = MarketCalendar(
        "always", "markets that never close: midnight to midnight", daysPerYear: 365
    ) { _ in
        SessionHours(open: 0, close: 86_400)
    }
}
