import Basics
import Foundation

/// How long a request is under way from decision to exchange.
///
/// The n-th request of a seed always takes the same time, so a replay can be repeated and resumed without keeping a
/// generator's state.
package enum LatencyModel: Sendable, Equatable {
    case constant(Nanoseconds)
    /// Equally likely between two bounds.
    case uniform(Nanoseconds, Nanoseconds)
    /// The logarithm is normal: most requests near the median, a few much later, as networks are.
    case logNormal(median: Nanoseconds, sigma: Double)

    package func delay(request: UInt64, seed: UInt64) -> Nanoseconds {
        switch self {
        case .constant(let delay): return delay
        case .uniform(let low, let high):
            var random = SeededRandom(seed: seed, request)
            return low + Nanoseconds(random.uniform() * Double(high - low))
        case .logNormal(let median, let sigma):
            var random = SeededRandom(seed: seed, request)
            // Never exactly 0 or 1, whose quantiles are infinite.
            let u = min(max(random.uniform(), 1e-12), 1 - 1e-12)
            return Nanoseconds(min(Double(median) * exp(sigma * Distributions.normalQuantile(u)), 60e9))
        }
    }

    /// `{kind: constant, microseconds: 500}`, `{kind: uniform, from: 100, to: 900}`, `{kind: log-normal, median: 300,
    /// sigma: 0.5}`; times in microseconds.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        enum Kind: String, CaseIterable {
            case constant, uniform, logNormal = "log-normal"
        }
        let reader = try ConfigReader(
            node, path: path, keys: ["kind", "microseconds", "from", "to", "median", "sigma"])
        func time(_ key: String) throws -> Nanoseconds { Nanoseconds(try reader.double(key, in: 0...60e6) * 1000) }
        switch try reader.choice("kind", default: Kind.constant) {
        case .constant: self = .constant(try time("microseconds"))
        case .uniform:
            let (low, high) = (try time("from"), try time("to"))
            guard low <= high else { throw ConfigError("found \(path).from above \(path).to", at: node.mark) }
            self = .uniform(low, high)
        case .logNormal: self = .logNormal(median: try time("median"), sigma: try reader.double("sigma", in: 0...5))
        }
    }
}

/// What is believed of the shown orders in front of ours when some of them are withdrawn.
package enum QueueModel: String, Sendable, CaseIterable {
    /// The recording numbers its orders: one that came before ours was ahead, all others were not.
    case exact
    /// Withdrawn orders were ahead in proportion to the share of the queue that was: for recordings without numbers.
    case proportional
    /// All withdrawn orders were behind us: nothing but trades brings us forward.
    case pessimistic
}
