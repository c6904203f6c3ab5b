package import Basics

/// A parsed feature expression such as `log(close / lag(close, 3)) / realised_volatility(close, 20)`.
///
/// Laws: `parse(description)` gives the expression back, for any that was parsed, among the same names; equal
/// expressions of one spec compute the same.
package indirect enum FeatureExpression: Sendable {
    case constant(Double)
    /// The value of a feature that the same spec defines before.
    case feature(String)
    /// An operator on its arguments; `window` is the window or level, 0 for shapes without one.
    case apply(any FeatureOperator.Type, [FeatureExpression], window: Int)

    /// All operators that are applied here, those of named features not among them, with their windows or levels.
    package var applications: [(op: any FeatureOperator.Type, window: Int)] {
        switch self {
        case .constant, .feature: []
        case .apply(let op, let arguments, let window): [(op, window)] + arguments.flatMap(\.applications)
        }
    }

    /// Parses text.
    ///
    /// Numbers, field and function names, `+ - * /`, parentheses. Grammar: sum of products of unary terms; nesting is
    /// limited to 64 levels.
    ///
    /// - Parameters:
    ///   - mark: where the text stands, for messages.
    ///   - names: features of the same spec that it may mention.
    /// - Throws: ``ConfigError`` with the column of the mistake and the nearest valid name.
    package static func parse(_ text: String, at mark: SourceMark?, names: FeatureNames = FeatureNames()) throws
        -> FeatureExpression
    {
        try ExpressionParser.parse(text, at: mark, names: names)
    }
}

extension FeatureExpression: Hashable {
    package static func == (left: FeatureExpression, right: FeatureExpression) -> Bool {
        switch (left, right) {
        case (.constant(let a), .constant(let b)): a == b
        case (.feature(let a), .feature(let b)): a == b
        case (.apply(let f, let x, let n), .apply(let g, let y, let m)): f == g && n == m && x == y
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .constant(let value): hasher.combine(value)
        case .feature(let name): hasher.combine(name)
        case .apply(let op, let arguments, let window):
            hasher.combine(ObjectIdentifier(op))
            hasher.combine(arguments)
            hasher.combine(window)
        }
    }
}

extension FeatureExpression: CustomStringConvertible {
    /// Text that parses to this expression again, with no more parentheses than it needs.
    package var description: String {
        switch self {
        case .constant(let value): "\(value)"
        case .feature(let name): name
        case .apply(let op, let arguments, let window):
            switch op.shape {
            case .field: op.name
            case .binary where precedence < .term:
                // Signs group from the left: the right side needs parentheses where its sign is of the same rank.
                arguments[0].text(atLeast: precedence) + " \(op.name) "
                    + arguments[1].text(atLeast: precedence == .sum ? .product : .term)
            case .unary where op == Negate.self: "-" + arguments[0].text(atLeast: .term)
            case .unary, .binary, .barPair: "\(op.name)(\(arguments.map(\.description).joined(separator: ", ")))"
            case .window: "\(op.name)(\(arguments[0]), \(window))"
            case .barWindow, .level: "\(op.name)(\(window))"
            }
        }
    }

    private enum Precedence: Int, Comparable {
        case sum, product, term
        static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }
    }

    private var precedence: Precedence {
        guard case .apply(let op, _, _) = self else { return .term }
        if op == Add.self || op == Subtract.self { return .sum }
        return op == Multiply.self || op == Divide.self ? .product : .term
    }

    private func text(atLeast least: Precedence) -> String { precedence < least ? "(\(self))" : description }
}
