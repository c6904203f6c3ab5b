import Basics

/// The functions of the feature language. Each is a streaming operator: it sees one value per bar and remembers a
/// bounded past, so the same code folds over history and runs live.
///
/// To add one: a case here with its arguments, its memory in ``extraWarmUp(_:)`` and its arithmetic in
/// `FeatureProgram.evaluate`. Rolling sums are recomputed over the window from oldest to newest on every bar —
/// O(window) — so a value depends on the window's content alone, not on when the stream began; windows are tens of
/// bars.
package enum FeatureOperator: String, CaseIterable, Sendable {
    // Bar fields.
    case open, high, low, close, volume
    /// Position in the regular session, −1 at the open and 1 at the close.
    case timeOfDay = "time_of_day"
    // Arithmetic of one bar.
    case add = "+", subtract = "-", multiply = "*", divide = "/", negate
    case log, exp, abs, sqrt, sign, min, max
    // Memory: f(x, n).
    case lag
    /// x − lag(x, n).
    case diff
    /// ln(x / lag(x, n)).
    case logReturn = "log_return"
    case sum, mean
    /// Sample standard deviation (n − 1).
    case std
    case lowest, highest
    /// (x − mean) / std over n; 0 where std is 0.
    case zscore
    /// x / mean(x, n); 1 where the mean is 0. `ratio(volume, 20)` is the volume ratio.
    case ratio
    /// Exponential moving average with weight 2 / (n + 1), from the first value on.
    case ema
    /// Wilder's relative strength index over n changes, 0 to 100; 50 without any change.
    case rsi
    /// √(Σ r²) of the last n one-bar log returns of x.
    case realisedVolatility = "realised_volatility"
    /// Roll (1984): 2·√(−cov(Δxₜ, Δxₜ₋₁)) over n changes, relative to x; 0 where the covariance is positive.
    case rollSpread = "roll_spread"
    /// Parkinson (1980): √(Σ ln(high/low)² / (4 n ln 2)).
    case parkinson
    /// Corwin & Schultz (2012): spread estimate from the highs and lows of two successive bars, floored at 0.
    case corwinSchultz = "corwin_schultz"
    // Order-book fields, after each event.
    case mid, spread
    /// (ask·bidSize + bid·askSize) / (askSize + bidSize) of the best level: the mid pulled towards the thinner side.
    case microprice
    /// 1 where a buyer took, −1 where a seller did, 0 for events without a trade.
    case tradeSign = "trade_sign"
    /// Shares traded by the event; 0 without a trade.
    case tradeSize = "trade_size"
    // Order-book levels: f(n).
    case askPrice = "ask_price"
    case askSize = "ask_size"
    case bidPrice = "bid_price"
    case bidSize = "bid_size"
    /// (bids − asks) / (bids + asks) of the sizes of the first n levels.
    case queueImbalance = "queue_imbalance"
    /// What the event added to demand less supply at level n (Cont, Kukanov & Stoikov 2014; Xu, Gould & Howison 2018
    /// for n > 1). Sum it over events: `sum(order_flow_imbalance(1), 50)`.
    case orderFlowImbalance = "order_flow_imbalance"
    /// Shares on the ask side up to level n per basis point between its price and the mid.
    case askSlope = "ask_slope"
    case bidSlope = "bid_slope"

    package enum Shape: Sendable {
        case field
        case unary
        case binary
        /// f(x, n).
        case window
        /// f(n) over whole bars.
        case barWindow
        /// f() over whole bars.
        case barPair
        /// f(level).
        case level
    }

    /// What an operator reads: nil for arithmetic that fits both.
    package var domain: FeatureSpec.Input? {
        switch self {
        case .open, .high, .low, .close, .volume, .parkinson, .corwinSchultz: .bars
        case .mid, .spread, .microprice, .tradeSign, .tradeSize, .askPrice, .askSize, .bidPrice, .bidSize,
            .queueImbalance, .orderFlowImbalance,
            .askSlope, .bidSlope:
            .book
        default: nil
        }
    }

    package var shape: Shape {
        switch self {
        case .open, .high, .low, .close, .volume, .timeOfDay, .mid, .spread, .microprice, .tradeSign, .tradeSize: .field
        case .askPrice, .askSize, .bidPrice, .bidSize, .queueImbalance, .orderFlowImbalance, .askSlope, .bidSlope:
            .level
        case .negate, .log, .exp, .abs, .sqrt, .sign: .unary
        case .add, .subtract, .multiply, .divide, .min, .max: .binary
        case .lag, .diff, .logReturn, .sum, .mean, .std, .lowest, .highest, .zscore, .ratio, .ema, .rsi,
            .realisedVolatility, .rollSpread:
            .window
        case .parkinson: .barWindow
        case .corwinSchultz: .barPair
        }
    }

    /// Bars beyond the first that the operator itself needs before its value counts.
    package func extraWarmUp(_ n: Int) -> Int {
        switch self {
        case .lag, .diff, .logReturn, .rsi, .realisedVolatility: n
        case .rollSpread: n + 1
        case .sum, .mean, .std, .lowest, .highest, .zscore, .ratio, .ema, .parkinson: n - 1
        case .corwinSchultz, .orderFlowImbalance: 1
        default: 0
        }
    }

    /// Past values that are kept.
    func memory(_ n: Int) -> Int {
        switch self {
        case .lag, .diff, .logReturn, .rsi, .realisedVolatility: n + 1
        case .rollSpread: n + 2
        case .sum, .mean, .std, .lowest, .highest, .zscore, .ratio, .parkinson: n
        case .ema: 1
        case .corwinSchultz, .orderFlowImbalance: 4
        default: 0
        }
    }

    /// Names that an expression may call or mention.
    package static var names: [String] {
        allCases.filter { ![.add, .subtract, .multiply, .divide, .negate].contains($0) }.map(\.rawValue).sorted()
    }
}
