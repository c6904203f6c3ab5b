import Basics
import Features

/// Random text of the feature language, with more parentheses and blanks than it needs.
struct RandomExpression {
    private var random: SeededRandom
    private let input: FeatureSpec.Input
    /// Features that it may mention.
    var features: [String] = []

    init(seed: UInt64, input: FeatureSpec.Input = .bars) {
        random = SeededRandom(seed: seed, 0xE5)
        self.input = input
    }

    mutating func text(depth: Int = 4) -> String {
        let blank = random.index(below: 3) == 0 ? " " : ""
        guard depth > 0, random.index(below: 6) > 0 else { return blank + leaf() }
        switch random.index(below: 5) {
        case 0:
            let sign = ["+", "-", "*", "/"][random.index(below: 4)]
            return "\(text(depth: depth - 1))\(blank)\(sign)\(blank)\(text(depth: depth - 1))"
        case 1: return "(\(text(depth: depth - 1))\(blank))"
        case 2: return "-" + text(depth: depth - 1)
        default: return call(depth: depth)
        }
    }

    private mutating func leaf() -> String {
        if random.index(below: 3) == 0 {
            return ["0", "1", "2.5", "1e-3", "12.", ".25", "3E+2", "0.1"][random.index(below: 8)]
        }
        if !features.isEmpty, random.index(below: 2) == 0 { return features[random.index(below: features.count)] }
        let fields = names { $0 == .field }
        return fields[random.index(below: fields.count)]
    }

    private func names(_ isWanted: (OperatorShape) -> Bool) -> [String] {
        FeatureOperators.kinds.entries.filter {
            isWanted($0.value.shape) && ($0.value.domain == nil || $0.value.domain == input)
        }.map(\.name)
    }

    private mutating func call(depth: Int) -> String {
        let all = names { $0 != .field }, name = all[random.index(below: all.count)]
        let window = 2 + random.index(below: 5)
        switch FeatureOperators.kinds[name]?.shape {
        case .unary: return "\(name)(\(text(depth: depth - 1)))"
        case .binary: return "\(name)(\(text(depth: depth - 1)), \(text(depth: depth - 1)))"
        case .window: return "\(name)(\(text(depth: depth - 1)), \(window))"
        case .barWindow, .level: return "\(name)(\(window))"
        default: return "\(name)()"
        }
    }
}
