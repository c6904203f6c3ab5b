import Foundation

/// The standard normal distribution. (Backtesting has one of its own; this module stands below it and imports nothing.)
enum StandardNormal {
    /// P(Z ≤ z).
    static func below(_ z: Double) -> Double { 0.5 * erfc(-z * 0.5.squareRoot()) }
}
