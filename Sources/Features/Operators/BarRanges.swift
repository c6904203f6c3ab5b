import Foundation

/// Range volatility after Parkinson (1980, doi:10.1086/296071): √(Σ ln(high/low)² / (4 n ln 2)) over the last `n` bars.
enum Parkinson: FeatureOperator {
    static let name = "parkinson"
    static let summary = "Parkinson's volatility: √(Σ ln(high/low)² / (4 n ln 2)) of the last n bars"
    static let shape = OperatorShape.barWindow
    static let domain: FeatureSpec.Input? = .bars
    static func warmUp(_ n: Int) -> Int { n - 1 }
    static func memory(_ n: Int) -> Int { n }
    static func evaluate(_ call: OperatorCall) -> Double {
        let range = logRatio(call.inputs.pointee.high, call.inputs.pointee.low)
        call.past.store(range * range)
        return (call.past.sum(last: call.n) / (4 * Double(call.n) * M_LN2)).squareRoot()
    }
}

/// Spread estimate after Corwin & Schultz (2012, doi:10.1111/j.1540-6261.2012.01729.x) from the highs and lows of two
/// successive bars, as a fraction of the price, floored at 0. No adjustment for gaps between bars.
enum CorwinSchultz: FeatureOperator {
    static let name = "corwin_schultz"
    static let summary = "Corwin and Schultz's spread from the highs and lows of two successive bars, floored at 0"
    static let shape = OperatorShape.barPair
    static let domain: FeatureSpec.Input? = .bars
    static func warmUp(_ n: Int) -> Int { 1 }
    /// High and low of the bar before.
    static func memory(_ n: Int) -> Int { 2 }
    static func evaluate(_ call: OperatorCall) -> Double {
        let high = call.inputs.pointee.high, low = call.inputs.pointee.low
        let oldHigh = call.bars == 0 ? high : call.memory[0], oldLow = call.bars == 0 ? low : call.memory[1]
        call.memory[0] = high
        call.memory[1] = low
        func square(_ v: Double) -> Double { v * v }
        let beta = square(logRatio(oldHigh, oldLow)) + square(logRatio(high, low))
        let gamma = square(logRatio(max(high, oldHigh), min(low, oldLow)))
        let k = 3 - 2 * 2.0.squareRoot()
        let alpha = ((2 * beta).squareRoot() - beta.squareRoot()) / k - (gamma / k).squareRoot()
        return max(0, 2 * (exp(alpha) - 1) / (1 + exp(alpha)))
    }
}
