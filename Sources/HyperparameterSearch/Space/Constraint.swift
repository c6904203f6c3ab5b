package import Basics

/// What must hold between parameters, such as `layers.0.units <= 2 * layers.1.units`.
///
/// Sums and products of numbers and parameter names on both sides of `<=`, `<`, `>=`, `>`, `==` or `!=`. A constraint
/// that names a parameter which does not exist at a point, or has no number there, holds.
package struct Constraint: Sendable, Equatable {
    /// As it was written.
    package let text: String
    /// Parameters that it mentions, once for each time.
    package let names: [String]
    let mark: SourceMark?
    private let left: Term
    private let right: Term
    private let relation: String

    private indirect enum Term: Sendable, Equatable {
        case number(Double)
        case name(String)
        case operation(Character, Term, Term)

        func value(_ lookUp: (String) -> Double?) -> Double? {
            switch self {
            case .number(let number): return number
            case .name(let name): return lookUp(name)
            case .operation(let symbol, let a, let b):
                guard let x = a.value(lookUp), let y = b.value(lookUp) else { return nil }
                switch symbol {
                case "+": return x + y
                case "-": return x - y
                case "*": return x * y
                default: return x / y
                }
            }
        }
    }

    /// Parses the text of a constraint.
    ///
    /// - Throws: ``ConfigError`` with the position of the mistake; parentheses nest up to 64 deep.
    package init(_ node: JSONValue) throws {
        guard let text = node.stringValue else {
            throw ConfigError(
                "found \(node.kindName) as a constraint, expected a text such as 'a <= 2 * b'", at: node.mark)
        }
        var parser = Parser(text: text, mark: node.mark)
        self.text = text
        mark = node.mark
        left = try parser.sum()
        relation = try parser.relation()
        right = try parser.sum()
        try parser.end()
        names = parser.names
    }

    /// - Parameter lookUp: the number of a parameter; nil where it has none.
    package func holds(_ lookUp: (String) -> Double?) -> Bool {
        guard let a = left.value(lookUp), let b = right.value(lookUp) else { return true }
        switch relation {
        case "<=": return a <= b
        case "<": return a < b
        case ">=": return a >= b
        case ">": return a > b
        case "==": return a == b
        default: return a != b
        }
    }

    /// Recursive descent; depth is bounded, because the text comes from outside.
    private struct Parser {
        private let characters: [Character]
        private let mark: SourceMark?
        private let text: String
        private var at = 0
        private var depth = 0
        var names: [String] = []

        init(text: String, mark: SourceMark?) {
            characters = Array(text)
            self.text = text
            self.mark = mark
        }

        private func wrong(_ expected: String) -> ConfigError {
            let found = at < characters.count ? "'\(characters[at])'" : "the end"
            return ConfigError(
                "found \(found) at position \(at + 1) of the constraint '\(text)', expected \(expected)", at: mark)
        }

        private mutating func skipSpaces() { while at < characters.count, characters[at].isWhitespace { at += 1 } }

        private mutating func take(_ options: [String]) -> String? {
            skipSpaces()
            for option in options where characters[at...].starts(with: option) {
                at += option.count
                return option
            }
            return nil
        }

        mutating func relation() throws -> String {
            guard let relation = take(["<=", ">=", "==", "!=", "<", ">"]) else { throw wrong("one of <= < >= > == !=") }
            return relation
        }

        mutating func end() throws {
            skipSpaces()
            guard at == characters.count else { throw wrong("the end") }
        }

        mutating func sum() throws -> Term {
            var term = try product()
            while let symbol = take(["+", "-"]) { term = .operation(Character(symbol), term, try product()) }
            return term
        }

        private mutating func product() throws -> Term {
            var term = try factor()
            while let symbol = take(["*", "/"]) { term = .operation(Character(symbol), term, try factor()) }
            return term
        }

        private mutating func factor() throws -> Term {
            depth += 1
            defer { depth -= 1 }
            guard depth < 64 else { throw wrong("fewer parentheses") }
            if take(["("]) != nil {
                let inner = try sum()
                guard take([")"]) != nil else { throw wrong("')'") }
                return inner
            }
            if take(["-"]) != nil { return .operation("-", .number(0), try factor()) }
            guard at < characters.count else { throw wrong("a number or a parameter") }
            let first = at
            if characters[at].isNumber || characters[at] == "." {
                while at < characters.count,
                    characters[at].isNumber || characters[at] == "." || characters[at] == "e" || characters[at] == "E"
                        || ("+-".contains(characters[at]) && "eE".contains(characters[at - 1]))
                { at += 1 }
                guard let number = Double(String(characters[first..<at])), number.isFinite else {
                    at = first
                    throw wrong("a number")
                }
                return .number(number)
            }
            while at < characters.count,
                characters[at].isLetter || characters[at].isNumber || characters[at] == "_" || characters[at] == "."
            { at += 1 }
            guard at > first else { throw wrong("a number or a parameter") }
            let name = String(characters[first..<at])
            names.append(name)
            return .name(name)
        }
    }
}
