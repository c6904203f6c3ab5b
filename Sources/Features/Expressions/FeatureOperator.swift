import Basics

/// The functions of the feature language. Each is a streaming operator: it sees one value per bar and remembers a bounded
/// past, so the same code folds over history and runs live.
///
/// To add one: a case here with its arguments, its memory in ``extraWarmUp(_:)`` and its arithmetic in
/// `FeatureProgram.evaluate`. Rolling sums are recomputed over the window from oldest to newest on every bar — O(window) —
/// so a value depends on the window's content alone, not on when the stream began; windows are tens of bars.
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
    }

    package var shape: Shape {
        switch self {
        case .open, .high, .low, .close, .volume, .timeOfDay: .field
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
        case .corwinSchultz: 1
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
        case .corwinSchultz: 4
        default: 0
        }
    }

    /// Names that an expression may call or mention.
    package static var names: [String] {
        allCases.filter { ![.add, .subtract, .multiply, .divide, .negate].contains($0) }.map(\.rawValue).sorted()
    }
}
