package import Basics
package import MarketData

extension FeatureSpec {
    /// Refuses a source of books that does not say what the features read.
    ///
    /// - Throws: ``Failure`` with code `features.levels` for fewer levels, and with code `features.no-trades` for
    ///   features of trades on levels alone, where every one would be 0.
    package func requireSaid(by instrument: BookInstrument, path: String) throws(Failure) {
        guard instrument.levels >= levels else {
            throw Failure(
                "features.levels", "found \(instrument.levels) levels in '\(path)', the features use \(levels)",
                hint: "lower 'levels', or take data with more")
        }
        guard !instrument.saysTrades, let feature = features.first(where: FeatureSpec.readsTrades) else { return }
        throw Failure(
            "features.no-trades",
            "found levels alone in '\(path)', which do not say what traded; '\(feature.name)' "
                + "(\(feature.expression)) reads trades",
            hint: "leave the feature out, or take data with orders or events: LOBSTER, ITCH")
    }

    private static func readsTrades(_ feature: Feature) -> Bool {
        let words = feature.expression.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        return words.contains { $0 == TradeSign.name || $0 == TradeSize.name }
    }
}
