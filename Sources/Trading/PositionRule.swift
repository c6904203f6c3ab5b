import Basics

/// Turns a prediction into a wanted position: the one rule that backtest and runtime share.
///
/// Long when the score is at or above `enterAbove`; short when at or below `enterBelow`, if that is given; a position
/// is held for `holdBars` bars and then closed, and no new one is opened meanwhile. Not modelled: sizing by confidence,
/// stops.
package struct PositionRule: Sendable, Equatable {
    package var enterAbove: Double
    package var enterBelow: Double?
    package var holdBars: Int
    /// Lots per position.
    package var quantity: Int64

    package init(enterAbove: Double, enterBelow: Double? = nil, holdBars: Int, quantity: Int64) {
        self.enterAbove = enterAbove
        self.enterBelow = enterBelow
        self.holdBars = holdBars
        self.quantity = quantity
    }

    package static let keys = ["enterAbove", "enterBelow", "holdBars", "quantity"]

    package init(_ node: JSONValue, path: String, horizon: Int) throws {
        let reader = try ConfigReader(node, path: path, keys: PositionRule.keys)
        enterAbove = try reader.double("enterAbove", in: -1e9...1e9)
        enterBelow = try reader.optionalDouble("enterBelow", in: -1e9...1e9)
        holdBars = try reader.int("holdBars", default: horizon, in: 1...100_000)
        quantity = Int64(try reader.int("quantity", default: 100, in: 1...1_000_000_000))
        if let enterBelow, enterBelow >= enterAbove {
            throw ConfigError("found enterBelow \(enterBelow) at or above enterAbove \(enterAbove)", at: node.mark)
        }
    }

    package var json: JSONValue {
        .map([
            "enterAbove": .double(enterAbove), "enterBelow": .double(enterBelow), "holdBars": .int(holdBars),
            "quantity": .int(Int(quantity)),
        ])
    }

    /// +1, −1 or 0 for a score.
    @inline(__always)
    package func direction(_ score: Double) -> Int {
        if score >= enterAbove { return 1 }
        if let enterBelow, score <= enterBelow { return -1 }
        return 0
    }
}
