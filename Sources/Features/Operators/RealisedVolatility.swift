import Foundation

/// √(Σ r²) of the last `n` one-bar log returns of x (Andersen & Bollerslev 1998).
///
/// Memory: n squared returns, then the value of the bar before; a logarithm is taken once a bar.
enum RealisedVolatility: LagOperator {
    static let name = "realised_volatility"
    static let summary = "√(Σ r²) of the last n one-bar log returns of x"
    static func evaluate(_ call: OperatorCall) -> Double {
        let x = call.x, n = call.n
        let change = logRatio(x, call.bars == 0 ? x : call.memory[n])
        call.memory[n] = x
        let squares = PastValues(slots: call.memory, count: n, bars: call.bars)
        squares.store(change * change)
        return squares.sum(last: n).squareRoot()
    }
}
