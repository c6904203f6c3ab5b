import Basics
import Deployment
import Features
import MarketData
package import ModelBundles
import Trading

extension TradingLoop {
    /// What a loop can take between two bars: asked before a host says that a bundle is in force, so that its word and
    /// the loop are never of two bundles.
    package struct Intake: Sendable {
        let instruments: [Instrument]
        /// Of the bundle that it trades by; nil before the first.
        let market: MarketSpec?

        /// - Throws: as ``TradingLoop/install(_:time:)``.
        package func require(_ bundle: ModelBundle) throws { _ = try check(bundle) }

        /// - Returns: a window of each instrument, and the hours of trading.
        func check(_ bundle: ModelBundle) throws -> (windows: [WindowStream], hours: SessionClock) {
            try requireSameBars(bundle)
            let spec = bundle.model.spec, hours = try SessionClock(features: spec.features, market: spec.market)
            let windows = try instruments.map {
                try WindowStream(spec: spec, priceDecimals: $0.priceDecimals, volumeDecimals: $0.volumeDecimals)
            }
            return (windows, hours)
        }

        /// Bars come in as the first bundle's market has them: their length and the decimals of their numbers are not
        /// told with each.
        private func requireSameBars(_ next: ModelBundle) throws {
            guard let old = market else { return }
            let new = next.model.spec.market
            guard
                (old.interval, old.priceDecimals, old.volumeDecimals)
                    != (new.interval, new.priceDecimals, new.volumeDecimals)
            else { return }
            func words(_ market: MarketSpec) -> String {
                "bars of \(market.interval / 1_000_000_000) s with \(market.priceDecimals) decimals of prices and "
                    + "\(market.volumeDecimals) of volumes"
            }
            throw Failure(
                "runtime.other-market",
                "found \(next.identity.name)/\(next.identity.version) for \(words(new)), and the loop takes "
                    + words(old), hint: "end this runtime, then promote the version again, and start it anew")
        }
    }
}
