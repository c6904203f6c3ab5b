import Basics

/// What a model predicts: the return from the next bar's open to the close `horizon` bars ahead.
///
/// A decision is made when bar t closes; the first price it can trade is the open of bar t + 1. A label exists only where the
/// bars t … t + horizon are one unbroken segment.
package struct LabelSpec: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
        /// 1 where the return exceeds the cost, else 0.
        case profit
        /// The return in basis points.
        case forwardReturn = "return"
    }

    package var kind: Kind
    package var horizon: Int
    /// Cost of the round trip in basis points; the threshold of `profit`.
    package var costBps: Double

    package init(kind: Kind, horizon: Int, costBps: Double) {
        self.kind = kind
        self.horizon = horizon
        self.costBps = costBps
    }

    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: ["kind", "horizon", "costBps"])
        kind = try reader.choice("kind")
        horizon = try reader.int("horizon", default: 1, in: 1...10_000)
        costBps = try reader.double("costBps", default: 0, in: 0...10_000)
    }

    package var json: JSONValue {
        .map(["kind": .string(kind.rawValue), "horizon": .int(horizon), "costBps": .double(costBps)])
    }

    /// The target for a return given as a fraction.
    package func target(_ forwardReturn: Double) -> Float {
        switch kind {
        case .profit: forwardReturn * 10_000 > costBps ? 1 : 0
        case .forwardReturn: Float(forwardReturn * 10_000)
        }
    }
}
