import Basics
import Features
import Foundation

/// Evaluates an expression over whole series from its definition: the reference implementation of the streaming
/// program. Where a series is younger than an age, its first value stands, as in the program.
struct ReferenceEvaluator {
    let bars: [FeatureProgram.Inputs]
    /// The books beside ``bars``, where these are events of one.
    var books: [ReferenceBook] = []
    /// Features that others mention, by name.
    var features: [String: FeatureExpression] = [:]

    /// Bars before the value counts, by definition: those of the longest chain.
    func warmUp(_ expression: FeatureExpression) -> Int {
        switch expression {
        case .constant: 1
        case .feature(let name): features[name].map(warmUp) ?? 1
        case .apply(let op, let arguments, let n): (arguments.map(warmUp).max() ?? 1) + op.warmUp(n)
        }
    }

    /// The value of every bar.
    func series(_ expression: FeatureExpression) throws -> [Double] {
        switch expression {
        case .constant(let value): return bars.map { _ in value }
        case .feature(let name):
            guard let feature = features[name] else {
                throw Failure("test.reference", "found no feature '\(name)'")
            }
            return try series(feature)
        case .apply(let op, let arguments, let n):
            let inputs = try arguments.map { try series($0) }
            let value = try requireFunction(op.name)
            let start = (arguments.map(warmUp).max() ?? 1) - 1
            return bars.indices.map {
                value(Moment(bars: bars, books: books, inputs: inputs, t: $0, n: n, start: start))
            }
        }
    }

    /// One bar of a series of bars.
    struct Moment {
        let bars: [FeatureProgram.Inputs]
        let books: [ReferenceBook]
        let inputs: [[Double]]
        let t: Int
        let n: Int
        /// The first bar on which all arguments count.
        let start: Int

        var bar: FeatureProgram.Inputs { bars[t] }
        var x: Double { inputs[0][t] }
        var y: Double { inputs[1][t] }
        /// The first argument `age` bars ago.
        func x(_ age: Int) -> Double { inputs[0][max(t - age, 0)] }
        /// The last n values, oldest first.
        var window: [Double] { (0..<n).reversed().map { x($0) } }
        /// The last n changes, oldest first.
        var changes: [Double] { (0..<n).reversed().map { x($0) - x($0 + 1) } }
        var mean: Double { window.reduce(0, +) / Double(n) }
        var deviation: Double {
            let mean = mean
            return (window.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n - 1)).squareRoot()
        }
        func barRange(_ age: Int) -> Double {
            let bar = bars[max(t - age, 0)]
            return logOfRatio(bar.high, bar.low)
        }
    }

    static let functions: [String: @Sendable (Moment) -> Double] = [
        "open": { $0.bar.open }, "high": { $0.bar.high }, "low": { $0.bar.low }, "close": { $0.bar.close },
        "volume": { $0.bar.volume }, "time_of_day": { $0.bar.timeOfDay },
        "+": { $0.x + $0.y }, "-": { $0.x - $0.y }, "*": { $0.x * $0.y }, "/": { $0.x / $0.y }, "negate": { -$0.x },
        "log": { log($0.x) }, "exp": { exp($0.x) }, "abs": { abs($0.x) }, "sqrt": { $0.x.squareRoot() },
        "sign": { $0.x > 0 ? 1 : $0.x < 0 ? -1 : 0 }, "min": { min($0.x, $0.y) }, "max": { max($0.x, $0.y) },
        "lag": { $0.x($0.n) }, "diff": { $0.x - $0.x($0.n) }, "log_return": { logOfRatio($0.x, $0.x($0.n)) },
        "sum": { $0.window.reduce(0, +) }, "mean": { $0.mean }, "std": { $0.deviation },
        "zscore": { $0.deviation > 0 ? ($0.x - $0.mean) / $0.deviation : 0 },
        "ratio": { $0.mean != 0 ? $0.x / $0.mean : 1 },
        "lowest": { $0.window.dropFirst().reduce($0.window[0]) { min($0, $1) } },
        "highest": { $0.window.dropFirst().reduce($0.window[0]) { max($0, $1) } },
        "ema": { m in
            // Of all values that count so far, not from the average of the bar before.
            let weight = 2 / (Double(m.n) + 1)
            let values = m.start <= m.t ? m.inputs[0][m.start...m.t].filter(\.isFinite) : []
            guard values.count >= m.n, m.x.isFinite else { return .nan }
            return values.dropFirst().reduce(values[0]) { weight * $1 + (1 - weight) * $0 }
        },
        "rsi": { m in
            guard m.start < m.t else { return .nan }
            let changes = (m.start + 1...m.t).map { m.inputs[0][$0] - m.inputs[0][$0 - 1] }
            let real = changes.filter(\.isFinite), n = Double(m.n)
            guard real.count >= m.n, changes[changes.count - 1].isFinite else { return .nan }
            func smoothed(_ part: (Double) -> Double) -> Double {
                let seed = real.prefix(m.n).reduce(0) { $0 + part($1) } / n
                return real.dropFirst(m.n).reduce(seed) { ((n - 1) * $0 + part($1)) / n }
            }
            let up = smoothed { $0 > 0 ? $0 : 0 }, down = smoothed { $0 < 0 ? -$0 : 0 }
            return up + down > 0 ? 100 * up / (up + down) : 50
        },
        "realised_volatility": { m in
            (0..<m.n).reversed().reduce(0.0) {
                let change = logOfRatio(m.x($1), m.x($1 + 1))
                return $0 + change * change
            }.squareRoot()
        },
        "roll_spread": { m in
            let n = Double(m.n), now = m.changes, before = (0..<m.n).reversed().map { m.x($0 + 1) - m.x($0 + 2) }
            let products = zip(now, before).reduce(0.0) { $0 + $1.0 * $1.1 }
            let covariance = products / n - now.reduce(0, +) / n * before.reduce(0, +) / n
            return covariance < 0 && m.x != 0 ? 2 * (-covariance).squareRoot() / m.x : 0
        },
        "parkinson": { m in
            let squares = (0..<m.n).reversed().reduce(0.0) { $0 + m.barRange($1) * m.barRange($1) }
            return (squares / (4 * Double(m.n) * M_LN2)).squareRoot()
        },
        "corwin_schultz": { m in
            let now = m.bar, old = m.bars[max(m.t - 1, 0)]
            let beta = m.barRange(1) * m.barRange(1) + m.barRange(0) * m.barRange(0)
            let both = logOfRatio(max(now.high, old.high), min(now.low, old.low)), gamma = both * both
            let k = 3 - 2 * 2.0.squareRoot()
            let alpha = ((2 * beta).squareRoot() - beta.squareRoot()) / k - (gamma / k).squareRoot()
            return max(0, 2 * (exp(alpha) - 1) / (1 + exp(alpha)))
        },
    ]

    private func requireFunction(_ name: String) throws -> @Sendable (Moment) -> Double {
        guard let function = ReferenceEvaluator.functions[name] ?? ReferenceBook.functions[name] else {
            throw Failure("test.reference", "found no reference implementation of '\(name)'")
        }
        return function
    }

    /// Made-up bars: a price that wanders, with highs above and lows below.
    static func randomBars(_ count: Int, seed: UInt64) -> [FeatureProgram.Inputs] {
        var random = SeededRandom(seed: seed, 0xBA)
        var price = 100.0
        return (0..<count).map { index in
            var bar = FeatureProgram.Inputs()
            bar.open = price
            price *= 1 + 0.01 * (random.uniform() - 0.5)
            bar.close = price
            bar.high = max(bar.open, bar.close) + 0.2 * random.uniform()
            bar.low = min(bar.open, bar.close) - 0.2 * random.uniform()
            bar.volume = Double(random.index(below: 4)) * 100
            bar.timeOfDay = Double(index) / Double(count) * 2 - 1
            return bar
        }
    }

    /// The streaming program's rows; NaN where a row does not count.
    static func stream(_ expressions: [FeatureExpression], _ bars: [FeatureProgram.Inputs]) -> [[Float]] {
        let program = FeatureProgram(expressions)
        var state = FeatureProgram.State(program)
        return bars.map { bar in
            var row = [Float](repeating: .nan, count: expressions.count)
            return state.push(bar, program, into: &row) ? row : row.map { _ in .nan }
        }
    }
}

/// Undefined where one of the two is not positive.
private func logOfRatio(_ x: Double, _ y: Double) -> Double {
    guard x > 0, y > 0 else { return .nan }
    return log(x / y)
}
