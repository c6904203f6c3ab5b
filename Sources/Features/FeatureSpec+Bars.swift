package import Basics
package import MarketData

extension FeatureSpec {
    /// The coarser bars that a spec asks for.
    ///
    /// - Throws: ``ConfigError`` for features that are not of bars, and for bars by volume or money that do not begin
    ///   anew with a session: whoever saw less of the past would make others.
    func readBars(_ reader: ConfigReader) throws -> BarRule? {
        guard let node = reader.value("bars") else { return nil }
        guard input == .bars else {
            throw ConfigError(
                "found 'bars' for the input '\(input.rawValue)', expected input: bars", at: node.mark)
        }
        let rule = try BarRule(node, path: reader.name("bars"))
        if case .every = rule { return rule }
        guard resetsAtSession else {
            throw ConfigError(
                "found '\(rule.text)' with resetAtSession: false, expected bars that begin anew with each session: "
                    + "their sums would depend on where the data begins", at: node.mark,
                hint: "leave resetAtSession out, or use bars: {every: 15m}")
        }
        return rule
    }

    /// Bars of the market that a position of a label is held for: those of so many of the spec's bars.
    ///
    /// - Throws: ``Failure`` with code `features.bars` where that differs from bar to bar.
    package func holdBars(_ label: LabelSpec, market: MarketSpec) throws(Failure) -> Int {
        guard let bars else { return label.horizon }
        if case .every(let length) = bars, isCut(length, market) {
            throw Failure(
                "features.bars",
                "found features of '\(bars.text)', whose last bar before a close is shorter, and labels that go on "
                    + "behind it, expected bars of one length for a strategy: it holds a position for a number of the "
                    + "market's bars",
                hint: "use a length that divides every session, such as bars: {every: 30m}, or leave out "
                    + "resetAtSession: false")
        }
        if let count = bars.baseBars(label.horizon, of: market.interval) { return count }
        throw Failure(
            "features.bars",
            "found features of '\(bars.text)', whose bars last differently long, expected time bars for a strategy: it "
                + "holds a position for a number of the market's bars",
            hint: "use bars: {every: 15m}")
    }

    /// Whether a close cuts a coarser bar short and a stretch of bars goes on behind it, by the sessions of a year.
    private func isCut(_ length: Nanoseconds, _ market: MarketSpec) -> Bool {
        guard var calendar = try? TradingCalendar(market) else { return false }
        let first = CivilDate(year: 2024, month: 1, day: 1).daysSince1970
        return (first..<first + 366).contains { day in
            guard let session = try? calendar.session(of: CivilDate(daysSince1970: day)) else { return false }
            let parts = hours == .all ? session.allIntervals : session.intervals
            return (!resetsAtSession || parts.count > 1) && parts.contains { $0.length % length != 0 }
        }
    }
}

extension FeatureTable {
    /// Bars of the market that a position of the label is held for.
    ///
    /// - Throws: ``Failure`` with code `features.bars` where that differs from row to row.
    package func holdBars() throws(Failure) -> Int { try spec.holdBars(label, market: market) }
}
