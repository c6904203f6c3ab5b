import Basics
import Foundation

/// How far the returns of a strategy are those of the market: least squares of one on the other.
package struct MarketExposure: Sendable, Equatable {
    package let beta: Double
    /// Per period, what is earned beside the market.
    package let alpha: Double
    package let correlation: Double

    /// Nil for fewer than three common periods or where either side does not vary.
    package init?(returns: [Double], market: [Double]) {
        guard returns.count == market.count, returns.count >= 3 else { return nil }
        let n = Double(returns.count), meanR = returns.reduce(0, +) / n, meanM = market.reduce(0, +) / n
        var rr = 0.0, mm = 0.0, rm = 0.0
        for (r, m) in zip(returns, market) {
            rr += (r - meanR) * (r - meanR)
            mm += (m - meanM) * (m - meanM)
            rm += (r - meanR) * (m - meanM)
        }
        guard rr > 0, mm > 0 else { return nil }
        beta = rm / mm
        alpha = meanR - beta * meanM
        correlation = rm / (rr * mm).squareRoot()
    }
}

/// What maximum drawdown such returns may show: over stationary-bootstrap replicates of them. The one that happened is one draw of many.
package struct DrawdownDistribution: Sendable, Equatable {
    /// As negative fractions, the shallowest first.
    package let sorted: [Double]

    /// Nil for fewer than ten returns. Determined by the seed. O(replicates × returns).
    package init?(_ returns: [Double], replicates: Int = 2000, seed: UInt64 = 1) {
        guard returns.count >= 10 else { return nil }
        let bootstrap = StationaryBootstrap(expectedBlock: StationaryBootstrap.automaticBlock(returns))
        var random = SeededRandom(seed: seed, 0xD0D0), indices: [Int] = [], all: [Double] = []
        all.reserveCapacity(replicates)
        for _ in 0..<replicates {
            bootstrap.resample(into: &indices, count: returns.count) { random.uniform() }
            all.append(PerformanceStatistics.maximumDrawdown(indices.map { returns[$0] }))
        }
        sorted = all.sorted(by: >)
    }

    /// The drawdown that a share of the replicates does not exceed.
    package func quantile(_ q: Double) -> Double { sorted[min(Int(q * Double(sorted.count)), sorted.count - 1)] }

    /// Share of replicates that fall deeper than a limit, given as a negative fraction.
    package func probability(deeperThan limit: Double) -> Double { Double(sorted.count { $0 < limit }) / Double(sorted.count) }
}

/// How much capital a strategy can trade without being more than a stated share of what trades.
package struct Capacity: Sendable, Equatable {
    package let participation: Double
    /// Capital at which half of the trades, and nine of ten, stay within the participation rate.
    package let median: Double
    package let cautious: Double
    package let trades: Int

    /// - Parameters:
    ///   - tradedValues: of every trade of the strategy, what was traded in its bar in the whole market, in currency.
    ///   - instruments: among which the capital is divided equally.
    package init?(tradedValues: [Double], instruments: Int, participation: Double) {
        let sorted = tradedValues.filter { $0.isFinite && $0 >= 0 }.sorted()
        guard !sorted.isEmpty, instruments > 0, participation > 0 else { return nil }
        self.participation = participation
        trades = sorted.count
        median = sorted[sorted.count / 2] * participation * Double(instruments)
        cautious = sorted[sorted.count / 10] * participation * Double(instruments)
    }
}
