// What operators of one family have in common, stated once: a field is then a name, a sentence and a read.

/// A value of the present bar.
protocol BarField: FeatureOperator {}

extension BarField {
    static var shape: OperatorShape { .field }
    static var domain: FeatureSpec.Input? { .bars }
}

/// A value of the order book after the present event, or of the event.
protocol BookField: FeatureOperator {}

extension BookField {
    static var shape: OperatorShape { .field }
    static var domain: FeatureSpec.Input? { .book }
}

/// A value of the order book at a level, or up to one.
protocol BookLevel: FeatureOperator {}

extension BookLevel {
    static var shape: OperatorShape { .level }
    static var domain: FeatureSpec.Input? { .book }
}

/// f(x) of the present bar's value, without memory.
protocol UnaryOperator: FeatureOperator {}

extension UnaryOperator {
    static var shape: OperatorShape { .unary }
}

/// f(x, y) of two of the present bar's values, without memory.
protocol BinaryOperator: FeatureOperator {}

extension BinaryOperator {
    static var shape: OperatorShape { .binary }
}

/// f(x, n) of the last n values, this bar's included, which are what it remembers.
protocol WindowOperator: FeatureOperator {}

extension WindowOperator {
    static var shape: OperatorShape { .window }
    static func warmUp(_ n: Int) -> Int { n - 1 }
    static func memory(_ n: Int) -> Int { n }
}

/// f(x, n) that reaches the value n bars ago: this bar's value and n more.
protocol LagOperator: FeatureOperator {}

extension LagOperator {
    static var shape: OperatorShape { .window }
    static func warmUp(_ n: Int) -> Int { n }
    static func memory(_ n: Int) -> Int { n + 1 }
}
