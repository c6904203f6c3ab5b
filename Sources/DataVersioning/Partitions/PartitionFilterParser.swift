import Basics

/// Reads the text of a ``PartitionFilter``.
struct PartitionFilterParser {
    private enum Token: Equatable {
        case word(String)
        case sign(String)

        var isKeyword: (String) -> Bool {
            { keyword in
                if case .word(let word) = self { word.lowercased() == keyword } else { false }
            }
        }
    }

    private let text: String
    private var tokens: ArraySlice<Token>

    init(_ text: String) throws {
        self.text = text
        tokens = try PartitionFilterParser.tokens(text)[...]
    }

    mutating func clauses() throws -> [PartitionFilter.Clause] {
        var clauses = [try clause()]
        while let token = tokens.popFirst() {
            guard token.isKeyword("and") else { throw problem("found \(shown(token)), expected AND or the end") }
            clauses.append(try clause())
        }
        return clauses
    }

    private mutating func clause() throws -> PartitionFilter.Clause {
        guard case .word(let field) = tokens.popFirst() else { throw problem("found no field, expected one") }
        let token = tokens.popFirst()
        if case .sign(let sign) = token, let comparison = PartitionFilter.Comparison(rawValue: sign) {
            return PartitionFilter.Clause(field: field, comparison: comparison, values: [try value(after: sign)])
        }
        let isNegated = token?.isKeyword("not") ?? false
        guard (isNegated ? tokens.popFirst() : token)?.isKeyword("in") ?? false else {
            throw problem("found \(shown(token)) after '\(field)', expected =, !=, <, <=, >, >= or IN")
        }
        return PartitionFilter.Clause(
            field: field, comparison: isNegated ? .noneOf : .oneOf, values: try list())
    }

    private mutating func list() throws -> [String] {
        guard tokens.popFirst() == .sign("(") else { throw problem("found no '(' after IN, expected a list") }
        var values: [String] = []
        while true {
            values.append(try value(after: values.isEmpty ? "(" : ","))
            switch tokens.popFirst() {
            case .sign(","): continue
            case .sign(")"): return values
            case let other: throw problem("found \(shown(other)) in a list, expected ',' or ')'")
            }
        }
    }

    private mutating func value(after sign: String) throws -> String {
        let token = tokens.popFirst()
        guard case .word(let value) = token else {
            throw problem("found \(shown(token)) after '\(sign)', expected a value")
        }
        return value
    }

    private func shown(_ token: Token?) -> String {
        switch token {
        case nil: "the end"
        case .word(let word): "'\(word)'"
        case .sign(let sign): "'\(sign)'"
        }
    }

    private func problem(_ problem: String) -> Failure { PartitionFilterParser.problem(problem, text) }

    private static func problem(_ problem: String, _ text: String) -> Failure {
        Failure(
            "partition.filter", "\(problem), in the filter '\(text)'",
            hint: "write it as in --where \"date>=2024-03 and symbol IN ('AAPL', 'MSFT')\"")
    }

    private static func tokens(_ text: String) throws -> [Token] {
        var tokens: [Token] = [], rest = Substring(text)
        let signs = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ","]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if let sign = signs.first(where: { rest.hasPrefix($0) }) {
                tokens.append(.sign(sign))
                rest.removeFirst(sign.count)
            } else if first == "'" || first == "\"" {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: first) else {
                    throw problem("found a quotation mark that is not closed", text)
                }
                tokens.append(.word(String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { !$0.isWhitespace && !"!<>=(),'\"".contains($0) }
                guard !word.isEmpty else { throw problem("found '\(first)'", text) }
                tokens.append(.word(String(word)))
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }
}
