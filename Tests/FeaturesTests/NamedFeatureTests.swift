import Basics
import Features
import MarketData
import Testing

/// Features that mention earlier features of their spec.
@Suite struct NamedFeatureTests {
    /// - Parameter features: a line each, `name: expression`; the first stands on line 3.
    private static func spec(_ features: String, input: String = "") throws -> FeatureSpec {
        let lines = features.split(separator: "\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
            return "\"\(parts[0])\": \"\(parts[1])\""
        }
        return try FeatureSpec(
            JSONParser.parse("{\(input)\n\"features\": {\n\(lines.joined(separator: ",\n"))\n}}", file: "f.yaml"))
    }

    /// Rows of a program; NaN where one does not count.
    private static func rows(_ program: FeatureProgram, _ bars: [FeatureProgram.Inputs], width: Int) -> [[UInt32]] {
        var state = FeatureProgram.State(program)
        return bars.map { bar in
            var row = [Float](repeating: .nan, count: width)
            let counts = state.push(bar, program, into: &row)
            return row.map { counts ? $0.bitPattern : 0 }
        }
    }

    @Test("a named feature is the expression that it stands for, to the bit, and is computed once")
    func sameAsWrittenOut() throws {
        let short = try NamedFeatureTests.spec(
            "  r: log_return(close, 1)\n  z: zscore(r, 20)\n  s: ema(z - lag(z, 2), 5) / r\n  t: (r) * z - open\n")
        let r = "log_return(close, 1)", z = "zscore(\(r), 20)"
        let long = try NamedFeatureTests.spec(
            "  r: \(r)\n  z: \(z)\n  s: ema(\(z) - lag(\(z), 2), 5) / \(r)\n  t: \(r) * \(z) - open\n")
        let programs = try (short.program(), long.program())
        let bars = ReferenceEvaluator.randomBars(300, seed: 7)
        let rows = NamedFeatureTests.rows(programs.0, bars, width: 4)
        #expect(rows == NamedFeatureTests.rows(programs.1, bars, width: 4))
        #expect(rows.count { $0[0] != 0 } == 300 - 26)
        // close, r, z, lag, minus, ema, divide, times, open, minus: no operation twice.
        #expect(programs.0.operationCount == 10 && programs.1.operationCount == 10)
        // 2 bars of r, 19 more of z, 2 of lag, 4 of ema.
        #expect(programs.0.warmUps == [2, 21, 27, 21] && programs.0.warmUp == 27)
    }

    @Test("a sum keeps its parentheses where it is mentioned")
    func precedence() throws {
        let program = try NamedFeatureTests.spec("  d: 1 + 2\n  p: d * d\n  n: 2 - d\n").program()
        var state = FeatureProgram.State(program), row = [Float](repeating: 0, count: 3)
        #expect(state.push(FeatureProgram.Inputs(), program, into: &row) && row == [3, 9, -1])
    }

    @Test("a thousand features, each twice the one before, cost a thousand operations")
    func noBlowUp() throws {
        let lines = (1...1000).map { "  f\($0): f\($0 - 1) - f\($0 - 1) + 1\n" }
        let program = try NamedFeatureTests.spec("  f0: close\n" + lines.joined()).program()
        // Each is f − f + 1 of another node.
        #expect(program.operationCount == 2001)
    }

    @Test("random specs whose features mention each other equal the reference to the bit", arguments: 0..<60)
    func random(seed: UInt64) throws {
        var generator = RandomExpression(seed: seed), names = FeatureNames(later: []), text: [(String, String)] = []
        var reference = ReferenceEvaluator(bars: ReferenceEvaluator.randomBars(60, seed: seed))
        var expressions: [FeatureExpression] = []
        for index in 0..<4 {
            let written = generator.text(depth: 3), name = "f\(index)"
            let expression = try FeatureExpression.parse(written, at: nil, names: names)
            #expect(try FeatureExpression.parse(expression.description, at: nil, names: names) == expression)
            names.define(name, written)
            generator.features.append(name)
            text.append((name, written))
            expressions.append(expression)
            reference.features[name] = expression
        }
        let program = FeatureProgram(expressions, names: text.map(\.0))
        #expect(program.warmUps == expressions.map(reference.warmUp))
        let expected = try expressions.map { try reference.series($0).map { Float($0) } }
        var state = FeatureProgram.State(program), row = [Float](repeating: 0, count: 4)
        for (t, bar) in reference.bars.enumerated() {
            let counts = state.push(bar, program, into: &row)
            let values = expected.map { $0[t] }
            #expect(counts == (t + 1 >= program.warmUp && values.allSatisfy(\.isFinite)))
            if counts { #expect(row.map(\.bitPattern) == values.map(\.bitPattern), "\(text) at \(t)") }
        }
    }

    @Test(
        "later, unknown, own and ambiguous names are refused where they stand",
        arguments: [
            ("  z: zscore(r, 20)\n  r: log_return(close, 1)\n", 3, "found 'r', a feature that is not defined before"),
            ("  r: r + 1\n", 3, "found 'r', a feature that is not defined before at character 1 of 'r + 1'"),
            ("  ret: close\n  z: zscore(rett, 2)\n", 4, "unknown feature operator 'rett' at character 8"),
            ("  r: close\n  z: r(1)\n", 4, "the feature 'r' takes no arguments"),
            ("  r: 3\n  z: mean(close, r)\n", 4, "whole number of bars"),
            ("  volume: log(volume)\n  z: zscore(volume, 2)\n", 4, "names an earlier feature and a feature operator"),
            ("  rsi: rsi(close, 6)\n  z: mean(rsi, 2)\n", 4, "names an earlier feature and a feature operator"),
        ])
    func refused(features: String, line: Int, problem: String) {
        let error = #expect(throws: ConfigError.self) { try NamedFeatureTests.spec(features) }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        #expect(error?.mark?.line == line)
        if problem.contains("rett") { #expect(error?.hint == "did you mean 'ret'?") }
    }

    @Test("columns may be named as operators; what repeats a field may be mentioned; operators may still be called")
    func columnNames() throws {
        let spec = try NamedFeatureTests.spec(
            "  time_of_day: time_of_day\n  spread: (high - low) / close\n  t: time_of_day * 2\n  rsi: rsi(close, 6)\n"
                + "  slow: rsi(close, 20)\n")
        #expect(try spec.program().warmUps == [1, 1, 1, 7, 21])
        #expect(spec.json[key: "features"]?[key: "t"]?.stringValue == "time_of_day * 2")
        #expect(try FeatureSpec(spec.json) == spec)
    }

    @Test("features of a book mention ready-made columns")
    func columns() throws {
        let spec = try NamedFeatureTests.spec(
            "  m: ask_price_1 - bid_price_1\n", input: #""input": "book", "levels": 1, "columns": "relative-book", "#)
        #expect(spec.features.count == 5 && spec.features[4].expression == "ask_price_1 - bid_price_1")
        #expect(try spec.program().operationCount > 0)
    }
}
