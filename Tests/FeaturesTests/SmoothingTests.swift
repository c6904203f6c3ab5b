import Basics
import Features
import Foundation
import TestSupport
import Testing

/// The two operators with an unbounded past, against computations that share no code with them.
@Suite struct SmoothingTests {
    static let hasPandas = SharedData.client("python3") != nil && SharedData.pythonHas("pandas")

    /// Ninety closes that wander, some of them alike.
    static let closes: [Double] = {
        var random = SeededRandom(seed: 14)
        var price = 50.0
        return (0..<90).map { _ in
            price += Double(random.index(below: 7)) / 4 - 0.75
            return price
        }
    }()

    static func rows(_ text: String, closes: [Double]) throws -> [Float] {
        let bars = closes.map { close in
            var bar = FeatureProgram.Inputs()
            (bar.open, bar.high, bar.low, bar.close) = (close, close, close, close)
            return bar
        }
        return ReferenceEvaluator.stream([try FeatureExpression.parse(text, at: nil)], bars).map { $0[0] }
    }

    /// Averages first, as the book's worksheet has them: columns of gains and losses, then one line after the other.
    @Test("rsi is Wilder's recursion from the mean of the first n changes", arguments: [1, 2, 6, 14])
    func wilder(n: Int) throws {
        let closes = SmoothingTests.closes, found = try SmoothingTests.rows("rsi(close, \(n))", closes: closes)
        var gain = 0.0, loss = 0.0
        for i in 1...n {
            gain += max(closes[i] - closes[i - 1], 0) / Double(n)
            loss += max(closes[i - 1] - closes[i], 0) / Double(n)
        }
        #expect(found.prefix(n).allSatisfy { $0.isNaN })
        for i in n..<closes.count {
            if i > n {
                gain += (max(closes[i] - closes[i - 1], 0) - gain) / Double(n)
                loss += (max(closes[i - 1] - closes[i], 0) - loss) / Double(n)
            }
            let expected = gain + loss > 0 ? 100 - 100 / (1 + gain / loss) : 50
            #expect(abs(Double(found[i]) - expected) < 1e-4, "bar \(i): \(found[i]), \(expected)")
        }
        // Plain sums over the last n changes, which it was before, are another thing.
        if n > 1 {
            let last = closes.suffix(n + 1).map { $0 }, changes = zip(last.dropFirst(), last).map { $0 - $1 }
            let up = changes.filter { $0 > 0 }.reduce(0, +), all = changes.map(abs).reduce(0, +)
            #expect(abs(Double(found[closes.count - 1]) - 100 * up / all) > 0.1)
        }
    }

    @Test("rsi is pandas' ewm with alpha 1/n behind the same seed", .enabled(if: hasPandas, "needs pandas"))
    func pandas() throws {
        let script = """
            import sys, pandas as pd
            c = pd.Series([float(x) for x in sys.argv[1].split(",")]); d = c.diff()
            for n in (2, 6, 14):
                def smooth(x):
                    seed = pd.concat([pd.Series([x[1:n + 1].mean()]), x[n + 1:]])
                    return seed.ewm(alpha=1 / n, adjust=False).mean()
                g, l = smooth(d.clip(lower=0)), smooth((-d).clip(lower=0))
                print(",".join(repr(float(x)) for x in 100 * g / (g + l)))
            """
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(
            try #require(SharedData.client("python3")),
            ["-c", script, SmoothingTests.closes.map { "\($0)" }.joined(separator: ",")], in: directory.path)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == 3)
        for (line, n) in zip(lines, [2, 6, 14]) {
            let expected = line.split(separator: ",").compactMap { Double($0) }
            let found = try SmoothingTests.rows("rsi(close, \(n))", closes: SmoothingTests.closes).dropFirst(n)
            #expect(expected.count == found.count)
            for (a, b) in zip(expected, found) { #expect(abs(a - Double(b)) < 1e-4, "n \(n)") }
        }
    }

    @Test("ema of a return begins at the first return, not at a zero that nobody earned")
    func emaOfReturns() throws {
        let closes = [100.0, 110, 121, 133.1], r = log(1.1)
        let found = try SmoothingTests.rows("ema(log_return(close, 1), 2)", closes: closes)
        // All returns are alike, and so is their average. From an invented zero it was r · (1 − (1/3)^k).
        #expect(found[0].isNaN && found[1].isNaN)
        for value in found[2...] { #expect(abs(Double(value) - r) < 1e-7) }
        #expect(try FeatureProgram([FeatureExpression.parse("ema(log_return(close, 1), 2)", at: nil)]).warmUp == 3)
        // Nor does rsi of a return see a change from that zero: it is 50 where returns do not change.
        let flat = try SmoothingTests.rows("rsi(diff(close, 1), 2)", closes: [1, 3, 5, 7, 9])
        #expect(flat.prefix(3).allSatisfy { $0.isNaN } && flat[3] == 50 && flat[4] == 50)
    }

    @Test("an undefined value has no average, and the average goes on behind it")
    func undefined() throws {
        // The logarithm of −1 is undefined; weight ½: of 0, 2, then 4.
        let e = exp(1.0)
        let found = try SmoothingTests.rows("ema(log(close), 3)", closes: [-1, 1, e * e, 1, -1, e * e * e * e])
        #expect(found.prefix(3).allSatisfy { $0.isNaN } && found[4].isNaN)
        #expect(abs(found[3] - 0.5) < 1e-6 && abs(found[5] - 2.25) < 1e-6)
        // Changes +2, −2; then none known on two bars; then +4: gains (1 + 4) / 2, losses 1 / 2.
        let strength = try SmoothingTests.rows(
            "rsi(log(close), 2)", closes: [1, e * e, 1, -1, 1, e * e * e * e])
        #expect(strength[2] == 50 && strength[3].isNaN && strength[4].isNaN)
        #expect(abs(strength[5] - 100 * 2.5 / 3) < 1e-4)
    }
}
