/// Which operator made a value undefined, for messages: never asked for where all values are finite.
extension FeatureProgram {
    /// Why a value is no finite number.
    package enum Reason: String, Sendable, CaseIterable {
        case divisionByZero = "a division by 0"
        case logarithm = "the logarithm of a number that is not above 0"
        case root = "the square root of a number below 0"
        case tooLarge = "a number beyond what 32 bits hold"
        case undefined = "no finite number"
    }

    /// A value that is no finite number.
    package struct Undefined: Sendable, Hashable {
        /// Position of the feature.
        package let feature: Int
        /// Of the innermost operation that gave no finite number, though its arguments are finite.
        package let operation: Int
        /// What was wrong with the arguments.
        package let reason: Reason
    }

    /// An operation as expressions write it.
    package func text(of operation: Int) -> String {
        expressions.indices.contains(operation) ? expressions[operation].description : ""
    }
}

extension FeatureProgram.State {
    /// The features without a finite value on the bar that was pushed last, and what made each so.
    ///
    /// An operator over a window is named itself where an argument was undefined on an earlier bar of the window.
    ///
    /// - Complexity: O(features · depth).
    func undefined(_ program: FeatureProgram) -> [FeatureProgram.Undefined] {
        program.outputs.enumerated().compactMap { feature, output in
            guard !Float(values[output]).isFinite else { return nil }
            var node = output
            while let inner = arguments(of: node, program).first(where: { !values[$0].isFinite }) { node = inner }
            return FeatureProgram.Undefined(feature: feature, operation: node, reason: reason(node, program))
        }
    }

    private func arguments(of node: Int, _ program: FeatureProgram) -> [Int] {
        switch program.nodes[node].op?.shape {
        case .unary, .window: [program.nodes[node].a]
        case .binary: [program.nodes[node].a, program.nodes[node].b]
        case .field, .barWindow, .barPair, .level, nil: []
        }
    }

    private func reason(_ node: Int, _ program: FeatureProgram) -> FeatureProgram.Reason {
        guard !values[node].isFinite else { return .tooLarge }
        guard let op = program.nodes[node].op else { return .undefined }
        let x = values[program.nodes[node].a], y = values[program.nodes[node].b]
        if op == Divide.self, y == 0 { return .divisionByZero }
        if op == Logarithm.self, x <= 0 { return .logarithm }
        if op == SquareRoot.self, x < 0 { return .root }
        return .undefined
    }
}
