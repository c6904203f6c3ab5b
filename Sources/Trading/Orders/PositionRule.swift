package import Basics

/// Turns a prediction into a wanted position: the one rule that backtest and runtime share.
///
/// Long when the score is at or above `enterAbove`; short when at or below `enterBelow`, if that is given; a position
/// is held for `holdBars` bars and then closed, and no new one is opened meanwhile. Not modelled: sizing by confidence,
/// stops.
package struct PositionRule: Sendable, Equatable {
    /// In the unit of the score: a probability, or a return in basis points.
    package var enterAbove: Double
    /// Nil where the rule never goes short.
    package var enterBelow: Double?
    /// Bars from the fill of the entry to the close that ends the position.
    package var holdBars: Int
    /// Lots per position.
    package var quantity: Int64

    /// A threshold rule.
    package init(enterAbove: Double, enterBelow: Double? = nil, holdBars: Int, quantity: Int64) {
        self.enterAbove = enterAbove
        self.enterBelow = enterBelow
        self.holdBars = holdBars
        self.quantity = quantity
    }

    /// Ways to decide, by the name that `kind` gives; each reads its own keys. The second argument is the label's
    /// horizon in bars.
    package static let kinds = Kinds<@Sendable (ConfigReader, Int) throws -> PositionRule>(
        "position rule",
        [.init("threshold", "long at or above one score, short at or below another, for a number of bars", threshold)])

    /// Reads a rule; `kind` is `threshold` where it is absent.
    ///
    /// - Parameter horizon: bars that a position is held by default: those that the label looks ahead.
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String, horizon: Int) throws {
        let reader = try ConfigReader(
            node, path: path, keys: ["kind", "enterAbove", "enterBelow", "holdBars", "quantity"])
        self = try reader.kind("kind", in: PositionRule.kinds, default: "threshold")(reader, horizon)
    }

    @Sendable private static func threshold(_ reader: ConfigReader, horizon: Int) throws -> PositionRule {
        let rule = PositionRule(
            enterAbove: try reader.double("enterAbove", in: -1e9...1e9),
            enterBelow: try reader.optionalDouble("enterBelow", in: -1e9...1e9),
            holdBars: try reader.int("holdBars", default: horizon, in: 1...100_000),
            quantity: Int64(try reader.int("quantity", default: 100, in: 1...1_000_000_000)))
        if let enterBelow = rule.enterBelow, enterBelow >= rule.enterAbove {
            throw ConfigError(
                "found enterBelow \(enterBelow) at or above enterAbove \(rule.enterAbove)", at: reader.node.mark)
        }
        return rule
    }

    /// What strategies and bundles carry; reads back to an equal rule.
    package var json: JSONValue {
        .map([
            "enterAbove": .double(enterAbove), "enterBelow": .double(enterBelow), "holdBars": .int(holdBars),
            "quantity": .int(Int(quantity)),
        ])
    }

    /// +1, −1 or 0 for a score; 0 for one that is not a number.
    @inline(__always)
    package func direction(_ score: Double) -> Int {
        if score >= enterAbove { return 1 }
        if let enterBelow, score <= enterBelow { return -1 }
        return 0
    }
}
