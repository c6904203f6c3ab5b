import Basics
import Features
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct FeatureOperatorTests {
    @Test("a return between negative prices is undefined: from -1 to -2 a price falls")
    func negativePrices() throws {
        let spec = try FeatureSpec(
            JSONParser.parse(
                #"{"resetAtSession": false, "hours": "all", "features": {"r": "log_return(close, 1)", "#
                    + #""v": "realised_volatility(close, 1)", "p": "parkinson(1)"}}"#))
        var market = MarketSpec()
        (market.calendar, market.zone) = (.named("always"), "UTC")
        var stream = try FeatureStream(spec: spec, market: market, priceDecimals: 0, volumeDecimals: 0)
        var row = [Float](repeating: 0, count: 3), rows: [[Float]] = []
        for (index, close) in ([2, 1, -1, -2, -3, 4, 8] as [Int64]).enumerated() {
            let bar = Bar(
                time: Int64(index) * market.interval, open: close, high: close, low: close, close: close, volume: 1)
            row.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { _ = stream.push(bar, into: base) } }
            rows.append(row)
        }
        #expect(rows[1][0] == Float(log(0.5)) && rows[6][0] == Float(log(2.0)))
        for index in 2...5 { #expect(rows[index][0].isNaN && rows[index][1].isNaN, "\(index)") }
        #expect(rows[3][2].isNaN && rows[6][2] == 0)
    }

    static let windows = FeatureOperators.kinds.entries.filter { $0.value.shape == .window }.map(\.name)

    @Test("the table has every name once, and says what each does")
    func table() {
        let kinds = FeatureOperators.kinds
        #expect(kinds.duplicates.isEmpty && kinds.entries.count == 42)
        for entry in kinds.entries {
            #expect(!entry.summary.isEmpty && entry.name == entry.value.name)
            #expect(entry.value.shape.form(entry.name).hasPrefix(entry.name))
        }
    }

    @Test("every bar operator equals its reference implementation to the bit, warm or not", arguments: 0..<4)
    func reference(seed: UInt64) throws {
        let bars = ReferenceEvaluator.randomBars(60, seed: seed)
        let reference = ReferenceEvaluator(bars: bars)
        for entry in FeatureOperators.kinds.entries where entry.value.domain != .book {
            for n in 2...5 {
                let text =
                    switch entry.value.shape {
                    case .field: entry.name
                    case .unary: "\(entry.name)(close - open)"
                    case .binary: "\(entry.name)(close, lag(open, 2))"
                    case .window: "\(entry.name)(close, \(n))"
                    case .barWindow, .level: "\(entry.name)(\(n))"
                    case .barPair: "\(entry.name)()"
                    }
                try check(FeatureExpression.parse(text, at: nil), bars, reference)
            }
        }
    }

    @Test("stream equals batch for random expressions", arguments: 0..<300)
    func random(seed: UInt64) throws {
        var generator = RandomExpression(seed: seed)
        let bars = ReferenceEvaluator.randomBars(80, seed: seed)
        try check(
            FeatureExpression.parse(generator.text(), at: nil), bars, ReferenceEvaluator(bars: bars))
    }

    private func check(
        _ expression: FeatureExpression, _ bars: [FeatureProgram.Inputs], _ reference: ReferenceEvaluator
    ) throws {
        let found = ReferenceEvaluator.stream([expression], bars), expected = try reference.series(expression)
        for t in bars.indices {
            let value = Float(expected[t]), counts = t + 1 >= FeatureProgram([expression]).warmUp && value.isFinite
            #expect(
                counts ? found[t][0].bitPattern == value.bitPattern : found[t][0].isNaN,
                "\(expression) at \(t): found \(found[t][0]), expected \(value)")
        }
    }

    static let bounded = FeatureOperators.kinds.entries.filter { $0.value.shape == .window && $0.value.hasBoundedPast }

    @Test("a value of a bounded past does not depend on when the stream began", arguments: bounded.map(\.name))
    func startDoesNotMatter(name: String) throws {
        let bars = ReferenceEvaluator.randomBars(50, seed: 9)
        let expression = try FeatureExpression.parse("\(name)(close, 6)", at: nil)
        let early = ReferenceEvaluator.stream([expression], bars)
        for first in 1..<20 {
            let late = ReferenceEvaluator.stream([expression], Array(bars[first...]))
            for t in first + FeatureProgram([expression]).warmUp - 1..<bars.count {
                #expect(early[t][0].bitPattern == late[t - first][0].bitPattern, "\(name), begun at \(first)")
            }
        }
    }

    @Test("only ema and rsi have an unbounded past, and what came before the warm-up fades there", arguments: 1..<6)
    func startFades(first: Int) throws {
        let unbounded = Set(FeatureOperatorTests.windows).subtracting(FeatureOperatorTests.bounded.map(\.name))
        #expect(unbounded == ["ema", "rsi"])
        let bars = ReferenceEvaluator.randomBars(200, seed: 9)
        for name in ["ema", "rsi"] {
            let expression = try FeatureExpression.parse("\(name)(close, 6)", at: nil)
            let early = ReferenceEvaluator.stream([expression], bars)
            let late = ReferenceEvaluator.stream([expression], Array(bars[first...]))
            let begin = first + FeatureProgram([expression]).warmUp - 1
            #expect(early[begin][0] != late[begin - first][0], "\(name), begun at \(first)")
            #expect(abs(early[199][0] - late[199 - first][0]) <= 1e-4 * abs(early[199][0]), "\(name)")
        }
    }

    @Test("a reset makes the stream new", arguments: windows)
    func reset(name: String) throws {
        let bars = ReferenceEvaluator.randomBars(30, seed: 4), other = ReferenceEvaluator.randomBars(17, seed: 5)
        let program = FeatureProgram([try FeatureExpression.parse("\(name)(close, 4) + corwin_schultz()", at: nil)])
        func run(_ state: inout FeatureProgram.State) -> [UInt32] {
            bars.map { bar in
                var value: Float = 0
                let counts = state.push(bar, program, into: &value)
                return counts ? value.bitPattern : 0
            }
        }
        var fresh = FeatureProgram.State(program), used = FeatureProgram.State(program)
        for bar in other {
            var value: Float = 0
            _ = used.push(bar, program, into: &value)
        }
        #expect(used.bars == 17)
        used.reset()
        #expect(used.bars == 0 && run(&fresh) == run(&used))
    }

    @Test("features that share a part give what each gives alone")
    func sharedParts() throws {
        let texts = ["mean(close, 3)", "mean(close, 3) / close", "std(close, 3)", "lag(mean(close, 3), 2)", "2"]
        let expressions = try texts.map { try FeatureExpression.parse($0, at: nil) }
        let bars = ReferenceEvaluator.randomBars(20, seed: 1)
        let together = ReferenceEvaluator.stream(expressions, bars)
        for (index, expression) in expressions.enumerated() {
            let alone = ReferenceEvaluator.stream([expression], bars)
            for t in 4..<20 { #expect(together[t][index] == alone[t][0]) }
        }
        // All features count together: the deepest warm-up is 3 + 2 bars.
        #expect(FeatureProgram(expressions).warmUp == 5 && together[3][4].isNaN && together[4][4] == 2)
    }

    @Test(
        "warm-up of every operator, by its definition",
        arguments: [
            ("close", 1), ("lag(close, 3)", 4), ("diff(close, 3)", 4), ("log_return(close, 3)", 4),
            ("rsi(close, 3)", 4),
            ("realised_volatility(close, 3)", 4), ("roll_spread(close, 3)", 5), ("sum(close, 3)", 3),
            ("mean(close, 3)", 3), ("std(close, 3)", 3), ("lowest(close, 3)", 3), ("highest(close, 3)", 3),
            ("zscore(close, 3)", 3), ("ratio(close, 3)", 3), ("ema(close, 3)", 3), ("parkinson(3)", 3),
            ("corwin_schultz()", 2), ("order_flow_imbalance(3)", 2), ("queue_imbalance(3)", 1), ("7", 1),
            ("lag(lag(close, 2), 3) + mean(close, 4)", 6),
        ])
    func warmUp(text: String, bars: Int) throws {
        #expect(try FeatureProgram([FeatureExpression.parse(text, at: nil)]).warmUp == bars)
    }
}

@Suite struct ExpressionPrintingTests {
    @Test("printing and parsing are inverse for random expressions", arguments: 0..<500)
    func inverse(seed: UInt64) throws {
        for input in [FeatureSpec.Input.bars, .book] {
            var generator = RandomExpression(seed: seed, input: input)
            let text = generator.text(depth: 6)
            let expression = try FeatureExpression.parse(text, at: nil)
            let printed = expression.description
            #expect(try FeatureExpression.parse(printed, at: nil) == expression, "\(text) printed as \(printed)")
            #expect(try FeatureExpression.parse(printed, at: nil).hashValue == expression.hashValue)
        }
    }

    @Test(
        "no more parentheses than needed",
        arguments: [
            ("((close))", "close"), ("(1+2)+3", "1.0 + 2.0 + 3.0"), ("1-(2-3)", "1.0 - (2.0 - 3.0)"),
            ("2*(close/open)", "2.0 * (close / open)"), ("(close*2)/open", "close * 2.0 / open"),
            ("-(close+1)*-open", "-(close + 1.0) * -open"), ("--close", "--close"), ("close()", "close"),
            ("min( 1,max(2 ,3))", "min(1.0, max(2.0, 3.0))"), ("mean(close+1,3)", "mean(close + 1.0, 3)"),
            ("corwin_schultz( )", "corwin_schultz()"), ("ask_price(2)", "ask_price(2)"),
            ("parkinson(5)", "parkinson(5)"),
        ])
    func printed(text: String, expected: String) throws {
        #expect(try FeatureExpression.parse(text, at: nil).description == expected)
    }

    @Test("products bind before sums, signs from the left, negation first")
    func precedence() throws {
        func value(_ text: String) throws -> Float {
            ReferenceEvaluator.stream([try FeatureExpression.parse(text, at: nil)], [FeatureProgram.Inputs()])[0][0]
        }
        #expect(try value("2 + 3 * 4") == 14 && value("(2 + 3) * 4") == 20 && value("10 - 4 - 3") == 3)
        #expect(
            try value("16 / 4 / 2") == 2 && value("-2 * -3") == 6 && value("2 - -3") == 5 && value("8 / 4 * 2") == 4)
        #expect(try value("1.5e2") == 150 && value("2E-1") == 0.2 && value(".5 + 1.") == 1.5 && value("1e+1") == 10)
    }

    @Test(
        "mistakes say the character, what was expected and the nearest name",
        arguments: [
            (
                "log_retrun(close, 1)", "unknown feature operator 'log_retrun' at character 1",
                "did you mean 'log_return'?"
            ),
            (
                "1 + zzzzzzzzzzzz", "unknown feature operator 'zzzzzzzzzzzz' at character 5",
                "known names: abs, ask_price"
            ),
            ("close +", "expected a value at character 8", nil), ("close close", "found 'close' after the end", nil),
            ("(close", "expected ')' at character 7", nil), ("mean close", "expected '(' after 'mean'", nil),
            ("mean(close 3)", "expected ',' or ')' in the arguments of 'mean' at character 12", nil),
            ("mean(close)", "found 1 arguments for 'mean', expected mean(x, bars)", nil),
            ("log(close, 2)", "found 2 arguments for 'log', expected log(x)", nil),
            ("min(close)", "expected min(x, y)", nil), ("corwin_schultz(1)", "expected corwin_schultz()", nil),
            ("parkinson()", "found 0 arguments for 'parkinson', expected parkinson(bars)", nil),
            ("ask_price()", "expected ask_price(level)", nil), ("close(1)", "'close' takes no arguments", nil),
            ("std(close, 1)", "whole number of bars from 2 to 10000", nil),
            ("lag(close, 0)", "whole number of bars from 1 to 10000 as the last argument of 'lag'", nil),
            ("lag(close, 10001)", "from 1 to 10000", nil), ("lag(close, 1.5)", "from 1 to 10000", nil),
            ("roll_spread(close, 1)", "from 2 to 10000", nil), ("zscore(close, 1)", "from 2 to 10000", nil),
            ("7..2", "malformed number '7..2'", nil), ("1e999", "malformed number '1e999'", nil),
            ("", "expected a value", nil),
            ("close $", "found '$' after the end", nil),
            ("$", "found '$', expected a value at character 1 of '$'", nil),
        ] as [(String, String, String?)])
    func mistakes(text: String, problem: String, hint: String?) {
        let mark = SourceMark(file: "f.yaml", line: 3, column: 5)
        let error = #expect(throws: ConfigError.self) { try FeatureExpression.parse(text, at: mark) }
        #expect(error?.problem.contains(problem) == true && error?.mark == mark, "\(error?.problem ?? "")")
        if let hint { #expect(error?.hint?.hasPrefix(hint) == true, "\(error?.hint ?? "")") }
    }

    @Test("64 nested levels are read, 65 are refused")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "(", count: levels) + "1" + String(repeating: ")", count: levels)
        }
        #expect(try FeatureExpression.parse(nested(63), at: nil) == .constant(1))
        #expect(throws: ConfigError.self) { try FeatureExpression.parse(nested(64), at: nil) }
        #expect(throws: ConfigError.self) {
            try FeatureExpression.parse(String(repeating: "-", count: 64) + "1", at: nil)
        }
        #expect(try FeatureProgram([FeatureExpression.parse("lag(close, 10000)", at: nil)]).warmUp == 10_001)
    }
}
