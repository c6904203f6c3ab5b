package import Basics
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

    /// Nanoseconds that a request takes, a function of its number and the seed; at most a minute.
    package func delay(request: UInt64, seed: UInt64) -> Nanoseconds {
        switch self {
        case .constant(let delay): return delay
        case .uniform(let low, let high):
            var random = SeededRandom(seed: seed, request)
            return low + Nanoseconds(saturating: random.uniform() * Double(high - low))
        case .logNormal(let median, let sigma):
            var random = SeededRandom(seed: seed, request)
            // Never exactly 0 or 1, whose quantiles are infinite.
            let u = min(max(random.uniform(), 1e-12), 1 - 1e-12)
            return Nanoseconds(saturating: min(Double(median) * exp(sigma * Distributions.normalQuantile(u)), 60e9))
        }
    }

    /// `{kind: constant, microseconds: 500}`, `{kind: uniform, from: 100, to: 900}`, `{kind: log-normal, median: 300,
    /// sigma: 0.5}`; times in microseconds.
    ///
    /// - Throws: ``ConfigError`` for an unknown kind, an option out of its range, or bounds in the wrong order.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(
            node, path: path, keys: ["kind", "microseconds", "from", "to", "median", "sigma"])
        let name = try reader.string("kind", default: "constant")
        self = try LatencyModel.kinds.find(name, at: reader.value("kind")?.mark)(reader)
    }

    /// The models that a configuration may name, each read from its options.
    package static let kinds = Kinds<@Sendable (ConfigReader) throws -> LatencyModel>(
        "latency model",
        [
            .init("constant", "Every request takes as long: 'microseconds'.") {
                .constant(try time("microseconds", $0))
            },
            .init("uniform", "Equally likely between 'from' and 'to' microseconds.") { reader in
                let (low, high) = (try time("from", reader), try time("to", reader))
                guard low <= high else {
                    throw ConfigError(
                        "found \(reader.name("from")) above \(reader.name("to"))", at: reader.node.mark)
                }
                return .uniform(low, high)
            },
            .init("log-normal", "Most near the 'median' in microseconds, a few much later: 'sigma' of the logarithm.") {
                .logNormal(median: try time("median", $0), sigma: try $0.double("sigma", in: 0...5))
            },
        ])

    private static func time(_ key: String, _ reader: ConfigReader) throws -> Nanoseconds {
        Nanoseconds(saturating: try reader.double(key, in: 0...60e6) * 1000)
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

    /// The models that a configuration may name.
    package static let kinds = Kinds<QueueModel>(
        "queue model",
        [
            .init("exact", "By the numbers of the recorded orders.", .exact),
            .init("proportional", "Withdrawn orders were ahead in proportion.", .proportional),
            .init("pessimistic", "Only trades bring an order forward.", .pessimistic),
        ])
}
