package import Basics

/// A built-in calendar: when a market is open, by rule or from a table.
///
/// A new one is a value in a file here and a line in ``kinds``.
package struct MarketCalendar: Sendable {
    /// The exchange's MIC, or a word.
    package let name: String
    /// One line for the reference documentation.
    package let summary: String
    /// IANA name of the zone whose wall clock the hours are of.
    package let zone: String
    /// The first day that anything is known of.
    package let first: CivilDate
    /// The last day that anything is known of; nil where rules go on. An unforeseen closure is in no rule.
    package let last: CivilDate?
    /// Where a session may begin on an earlier date: the second of the local day from which on a time belongs to the
    /// next session, and how many days before its label that may be.
    let evening: Evening?
    /// The hours of the session of a date, or nil when the market is closed.
    let hours: @Sendable (CivilDate) -> DayHours?

    struct Evening: Sendable {
        let second: Int
        let daysBefore: Int
    }

    init(
        _ name: String, _ summary: String, zone: String, first: CivilDate, last: CivilDate? = nil,
        evening: Evening? = nil, hours: @escaping @Sendable (CivilDate) -> DayHours?
    ) {
        (self.name, self.summary, self.zone, self.first, self.last) = (name, summary, zone, first, last)
        (self.evening, self.hours) = (evening, hours)
    }

    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<MarketCalendar>(
        "calendar",
        [.newYork, .london, .shanghai, .shanghaiFutures, .mumbai, .bombay, .chicago, .currencies, .always].map {
            .init($0.name, $0.summary, $0)
        })
}
