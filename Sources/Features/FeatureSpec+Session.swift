package import MarketData

extension SessionClock {
    /// The clock of what is traded on features: their hours, their gaps and their sessions.
    ///
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(features: FeatureSpec, market: MarketSpec) throws {
        try self.init(
            market: market, isBounded: features.resetsAtSession, allHours: features.hours == .all,
            missingBarsAllowed: features.missingBarsAllowed)
    }
}
