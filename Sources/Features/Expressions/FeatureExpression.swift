import Basics

/// A parsed feature expression such as `log(close / lag(close, 3)) / realised_volatility(close, 20)`.
package indirect enum FeatureExpression: Hashable, Sendable {
    case constant(Double)
    case apply(FeatureOperator, [FeatureExpression], window: Int)

    /// Bars needed before the value counts.
    package var warmUp: Int {
        switch self {
        case .constant: 1
        case .apply(let op, let arguments, let window):
            (arguments.map(\.warmUp).max() ?? 1) + op.extraWarmUp(window)
        }
    }

    /// All operators that are applied, with their windows or levels.
    package var applications: [(op: FeatureOperator, window: Int)] {
        switch self {
        case .constant: []
        case .apply(let op, let arguments, let window): [(op, window)] + arguments.flatMap(\.applications)
        }
    }

    /// Parses text.
    ///
    /// Numbers, field and function names, `+ - * /`, parentheses. Grammar: sum of products of unary terms; nesting is
    /// limited to 64 levels.
    ///
    /// - Parameter mark: where the text stands, for messages.
    /// - Throws: ``ConfigError`` with the column of the mistake and the nearest valid name.
    package static func parse(_ text: String, at mark: SourceMark?) throws -> FeatureExpression {
        var parser = Parser(text: Array(text.utf8), mark: mark)
        let expression = try parser.sum(depth: 0)
        parser.skipSpace()
        if parser.position < parser.text.count {
            throw parser.error("found '\(parser.rest)' after the end of the expression")
        }
        return expression
    }

    private struct Parser {
        let text: [UInt8]
        let mark: SourceMark?
        var position = 0

        var rest: String { String(decoding: text[position...].prefix(12), as: UTF8.self) }

        func error(_ problem: String, hint: String? = nil) -> ConfigError {
            let whole = String(decoding: text, as: UTF8.self)
            return ConfigError("\(problem) at character \(position + 1) of '\(whole)'", at: mark, hint: hint)
        }

        mutating func skipSpace() {
            while position < text.count, text[position] == 0x20 || text[position] == 0x09 { position += 1 }
        }

        mutating func take(_ character: Character) -> Bool {
            skipSpace()
            guard position < text.count, text[position] == character.asciiValue else { return false }
            position += 1
            return true
        }

        mutating func sum(depth: Int) throws -> FeatureExpression {
            guard depth < 64 else { throw error("found more than 64 nested levels") }
            var left = try product(depth: depth)
            while true {
                if take("+") {
                    left = .apply(.add, [left, try product(depth: depth)], window: 0)
                } else if take("-") {
                    left = .apply(.subtract, [left, try product(depth: depth)], window: 0)
                } else {
                    return left
                }
            }
        }

        mutating func product(depth: Int) throws -> FeatureExpression {
            var left = try term(depth: depth)
            while true {
                if take("*") {
                    left = .apply(.multiply, [left, try term(depth: depth)], window: 0)
                } else if take("/") {
                    left = .apply(.divide, [left, try term(depth: depth)], window: 0)
                } else {
                    return left
                }
            }
        }

        mutating func term(depth: Int) throws -> FeatureExpression {
            guard depth < 64 else { throw error("found more than 64 nested levels") }
            if take("-") { return .apply(.negate, [try term(depth: depth + 1)], window: 0) }
            if take("(") {
                let inner = try sum(depth: depth + 1)
                guard take(")") else { throw error("expected ')'") }
                return inner
            }
            skipSpace()
            guard position < text.count else { throw error("expected a value") }
            let byte = text[position]
            if (48...57).contains(byte) || byte == 46 { return .constant(try number()) }
            guard isLetter(byte) else { throw error("found '\(rest)', expected a value") }
            return try call(depth: depth)
        }

        func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (65...90).contains(byte) || byte == 95 }

        mutating func number() throws -> Double {
            let start = position
            while position < text.count {
                let byte = text[position]
                let isExponentSign = (byte == 43 || byte == 45) && position > start && (text[position - 1] | 32) == 101
                guard (48...57).contains(byte) || byte == 46 || (byte | 32) == 101 || isExponentSign else { break }
                position += 1
            }
            let digits = String(decoding: text[start..<position], as: UTF8.self)
            guard let value = Double(digits), value.isFinite else {
                throw error("found the malformed number '\(digits)'")
            }
            return value
        }

        mutating func call(depth: Int) throws -> FeatureExpression {
            let start = position
            while position < text.count, isLetter(text[position]) || (48...57).contains(text[position]) {
                position += 1
            }
            let name = String(decoding: text[start..<position], as: UTF8.self)
            guard FeatureOperator.names.contains(name), let op = FeatureOperator(rawValue: name) else {
                position = start
                throw error(
                    "found the unknown name '\(name)'",
                    hint: NearestName.of(name, in: FeatureOperator.names).map { "did you mean '\($0)'?" }
                        ?? "known names: \(FeatureOperator.names.joined(separator: ", "))")
            }
            if op.shape == .field {
                if take("("), !take(")") { throw error("'\(name)' takes no arguments") }
                return .apply(op, [], window: 0)
            }
            guard take("(") else { throw error("expected '(' after '\(name)'") }
            var arguments: [FeatureExpression] = []
            if !take(")") {
                repeat { arguments.append(try sum(depth: depth + 1)) } while take(",")
                guard take(")") else { throw error("expected ',' or ')' in the arguments of '\(name)'") }
            }
            return try build(op, arguments, name: name)
        }

        func build(_ op: FeatureOperator, _ arguments: [FeatureExpression], name: String) throws -> FeatureExpression {
            func window(_ expression: FeatureExpression) throws -> Int {
                let least = op == .std || op == .zscore || op == .rollSpread ? 2 : 1
                guard case .constant(let value) = expression, let n = Int(exactly: value), (least...10_000).contains(n)
                else {
                    throw error(
                        "expected a whole number of bars from \(least) to 10000 as the last argument of '\(name)'")
                }
                return n
            }
            func check(_ count: Int, _ form: String) throws {
                guard arguments.count == count else {
                    throw error("found \(arguments.count) arguments for '\(name)', expected \(form)")
                }
            }
            switch op.shape {
            case .unary:
                try check(1, "\(name)(x)")
                return .apply(op, arguments, window: 0)
            case .binary:
                try check(2, "\(name)(x, y)")
                return .apply(op, arguments, window: 0)
            case .window:
                try check(2, "\(name)(x, bars)")
                return .apply(op, [arguments[0]], window: try window(arguments[1]))
            case .barWindow:
                try check(1, "\(name)(bars)")
                return .apply(op, [], window: try window(arguments[0]))
            case .level:
                try check(1, "\(name)(level)")
                return .apply(op, [], window: try window(arguments[0]))
            case .barPair, .field:
                try check(0, "\(name)()")
                return .apply(op, [], window: 0)
            }
        }
    }
}
