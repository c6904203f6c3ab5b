package import NeuralNetworks
package import Tensors

/// A learned policy as it is used: always the action that looks best.
package struct Policy: Sendable {
    /// What decides.
    package enum Kind: Sendable {
        /// - Parameter parameters: not written while the policy is in use.
        case network(Network, FloatBuffer, PolicyHead)
        /// Values of a table, `[state][action]`.
        case table([Double], actions: Int)
        /// What the environment itself knows.
        case reference(Int)
    }

    /// What decides.
    package let kind: Kind

    /// A policy that decides by `kind`.
    package init(_ kind: Kind) { self.kind = kind }
}

/// Memory of one thread that follows a policy in several environments at once.
package final class PolicyRunner {
    private let policy: Policy
    private let arena: NetworkArena?
    private let packed: FloatBuffer?

    /// - Parameter batch: environments that it acts in at once.
    package init(_ policy: Policy, batch: Int) {
        self.policy = policy
        guard case .network(let network, let parameters, _) = policy.kind else {
            (arena, packed) = (nil, nil)
            return
        }
        arena = NetworkArena(network, batch: batch, isTraining: false)
        let packed = FloatBuffer(count: network.packedCount)
        network.pack(parameters, into: packed)
        self.packed = packed
    }

    /// The action for every environment.
    ///
    /// - Parameters:
    ///   - observations: `[B][O]`.
    ///   - actions: `[B][A]`.
    package func act(
        in environments: ArraySlice<any Environment>, observations: UnsafePointer<Float>,
        actions: UnsafeMutablePointer<Float>, width: Int
    ) {
        switch policy.kind {
        case .network(let network, let parameters, let head):
            guard let arena, let packed else { return }
            arena.input.update(from: observations, count: environments.count * network.input.count)
            arena.forward(batch: environments.count, parameters: parameters, packed: packed)
            for i in 0..<environments.count {
                head.best(arena.output + i * network.output.count, action: actions + i * width)
            }
        case .table(let values, let count):
            for (i, environment) in environments.enumerated() {
                let state = (environment as? any TabularEnvironment)?.stateIndex ?? 0
                actions[i * width] = Float(
                    (0..<count).reduce(0) { values[state * count + $1] > values[state * count + $0] ? $1 : $0 })
            }
        case .reference(let index):
            for (i, environment) in environments.enumerated() {
                environment.act(as: index, action: actions + i * width)
            }
        }
    }

    /// All outputs of the network for one observation.
    package func outputs(_ observation: [Float]) -> [Float] {
        guard let arena, let packed, case .network(let network, let parameters, _) = policy.kind else { return [] }
        for (i, value) in observation.enumerated() { arena.input[i] = value }
        arena.forward(batch: 1, parameters: parameters, packed: packed)
        return (0..<network.output.count).map { arena.output[$0] }
    }
}
