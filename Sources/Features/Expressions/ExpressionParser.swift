import Basics

/// Reads the feature language: recursive descent over bytes, errors with the character they are at.
struct ExpressionParser {
    private static let deepest = 64
    private static let largestWindow = 10_000
    /// A sum of n terms is a tree of depth n, which is walked by recursion.
    private static let mostOperations = 1_000

    private let text: [UInt8]
    private let mark: SourceMark?
    private let names: FeatureNames
    private var position = 0
    private var operations = 0

    static func parse(_ text: String, at mark: SourceMark?, names: FeatureNames) throws -> FeatureExpression {
        var parser = ExpressionParser(text: Array(text.utf8), mark: mark, names: names)
        let expression = try parser.sum(depth: 0)
        parser.skipSpace()
        if parser.position < parser.text.count {
            throw parser.error("found '\(parser.rest)' after the end of the expression")
        }
        return expression
    }

    private init(text: [UInt8], mark: SourceMark?, names: FeatureNames) {
        (self.text, self.mark, self.names) = (text, mark, names)
    }

    private var rest: String { String(decoding: text[position...].prefix(12), as: UTF8.self) }

    private func error(_ problem: String, hint: String? = nil) -> ConfigError {
        let whole = String(decoding: text.prefix(200), as: UTF8.self) + (text.count > 200 ? "…" : "")
        return ConfigError("\(problem) at character \(position + 1) of '\(whole)'", at: mark, hint: hint)
    }

    private mutating func skipSpace() {
        while position < text.count, text[position] == 0x20 || text[position] == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func count() throws {
        operations += 1
        guard operations <= ExpressionParser.mostOperations else {
            throw error("found more than \(ExpressionParser.mostOperations) operations")
        }
    }

    private mutating func sum(depth: Int) throws -> FeatureExpression {
        guard depth < ExpressionParser.deepest else {
            throw error("found more than \(ExpressionParser.deepest) nested levels")
        }
        var left = try product(depth: depth)
        while true {
            if take("+") {
                try count()
                left = .apply(Add.self, [left, try product(depth: depth)], window: 0)
            } else if take("-") {
                try count()
                left = .apply(Subtract.self, [left, try product(depth: depth)], window: 0)
            } else {
                return left
            }
        }
    }

    private mutating func product(depth: Int) throws -> FeatureExpression {
        var left = try term(depth: depth)
        while true {
            if take("*") {
                try count()
                left = .apply(Multiply.self, [left, try term(depth: depth)], window: 0)
            } else if take("/") {
                try count()
                left = .apply(Divide.self, [left, try term(depth: depth)], window: 0)
            } else {
                return left
            }
        }
    }

    private mutating func term(depth: Int) throws -> FeatureExpression {
        guard depth < ExpressionParser.deepest else {
            throw error("found more than \(ExpressionParser.deepest) nested levels")
        }
        if take("-") { return .apply(Negate.self, [try term(depth: depth + 1)], window: 0) }
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

    private func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (65...90).contains(byte) || byte == 95 }

    private mutating func number() throws -> Double {
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

    private mutating func call(depth: Int) throws -> FeatureExpression {
        try count()
        let start = position
        while position < text.count, isLetter(text[position]) || (48...57).contains(text[position]) {
            position += 1
        }
        let name = String(decoding: text[start..<position], as: UTF8.self)
        guard let op = try operation(name, start: start) else { return .feature(name) }
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
        return try build(op, arguments)
    }

    /// The operator of a name; nil where it is a feature's.
    private mutating func operation(_ name: String, start: Int) throws -> (any FeatureOperator.Type)? {
        let kinds = FeatureOperators.kinds
        let end = position, isCall = take("(")
        position = end
        if let op = kinds[name] {
            guard names.isAmbiguous(name), op.shape == .field || !isCall else { return op }
            position = start
            throw error(
                "found '\(name)', which names an earlier feature and a \(kinds.noun)",
                hint: "give the feature another name, such as \(name)_1")
        }
        if names.earlier[name] != nil {
            if isCall { throw error("the feature '\(name)' takes no arguments") }
            return nil
        }
        position = start
        if names.later.contains(name) {
            throw error(
                "found '\(name)', a feature that is not defined before", hint: "put '\(name)' above what mentions it")
        }
        let all = kinds.names + names.earlier.keys.sorted()
        throw error(
            UnknownName.message(kinds.noun, name, expected: []),
            hint: UnknownName.hint(
                name, in: all, otherwise: "known names: \(all.sorted().joined(separator: ", "))"))
    }

    private func build(_ op: any FeatureOperator.Type, _ arguments: [FeatureExpression]) throws -> FeatureExpression {
        let count: Int
        switch op.shape {
        case .field, .barPair: count = 0
        case .unary, .barWindow, .level: count = 1
        case .binary, .window: count = 2
        }
        guard arguments.count == count else {
            throw error("found \(arguments.count) arguments for '\(op.name)', expected \(op.shape.form(op.name))")
        }
        switch op.shape {
        case .field, .barPair, .unary, .binary: return .apply(op, arguments, window: 0)
        case .window: return .apply(op, [arguments[0]], window: try window(arguments[1], of: op))
        case .barWindow, .level: return .apply(op, [], window: try window(arguments[0], of: op))
        }
    }

    private func window(_ expression: FeatureExpression, of op: any FeatureOperator.Type) throws -> Int {
        let range = op.leastWindow...ExpressionParser.largestWindow
        guard case .constant(let value) = expression, let n = Int(exactly: value), range.contains(n) else {
            throw error(
                "expected a whole number of bars from \(range.lowerBound) to \(range.upperBound) as the last argument "
                    + "of '\(op.name)'")
        }
        return n
    }
}
