import Tensors

/// A learned policy along a line through the states, beside the one that is known to be best.
package struct PolicyCurve: Sendable, Equatable {
    /// What the curve shows.
    package var title: String
    /// What runs along the horizontal axis.
    package var x: String
    /// What runs along the vertical axis.
    package var y: String
    /// In the order of `x`.
    package var points: [Point]

    /// Both policies in one state.
    package struct Point: Sendable, Equatable {
        /// The state, in the unit of the axis.
        package var x: Double
        /// What the learned policy does there.
        package var learned: Double
        /// What is known to be best there.
        package var optimal: Double
    }
}

/// What a policy does for an observation, one at a time.
package struct PolicyProbe {
    private let runner: PolicyRunner
    private let width: Int

    /// Plans memory for one observation.
    package init(_ policy: Policy, actions: ActionSpace) {
        runner = PolicyRunner(policy, batch: 1)
        width = actions.width
    }

    func action(in environment: any Environment, observation: [Float]) -> [Float] {
        var action = [Float](repeating: 0, count: width)
        observation.withUnsafeBufferPointer { observation in
            action.withUnsafeMutableBufferPointer { action in
                guard let o = observation.baseAddress, let a = action.baseAddress else { return }
                runner.act(in: [environment], observations: o, actions: a, width: width)
            }
        }
        return action
    }
}

/// An environment that knows lines along which its policies are worth looking at.
package protocol PlottableEnvironment: Environment {
    /// The learned policy beside the known one, one curve a line through the states.
    func curves(_ probe: PolicyProbe) -> [PolicyCurve]
}

extension PlottableEnvironment {
    /// One episode of a policy: an observed number after every step.
    fileprivate func path(_ act: ([Float], inout [Float]) -> Void, value: ([Float]) -> Double) -> [Double] {
        var observation = [Float](repeating: 0, count: observationCount),
            action = [Float](repeating: 0, count: actions.width), values: [Double] = []
        reset(seed: 1, observation: &observation)
        values.append(value(observation))
        while true {
            act(observation, &action)
            let outcome = step(&action, observation: &observation)
            values.append(value(observation))
            if outcome.ending != .none { return values }
        }
    }

    fileprivate func schedule(_ probe: PolicyProbe, title: String, x: String) -> PolicyCurve {
        let learned = path({ $1 = probe.action(in: self, observation: $0) }, value: { Double($0[1]) })
        let optimal = path({ act(as: 1, action: &$1) }, value: { Double($0[1]) })
        return PolicyCurve(
            title: title, x: x, y: "share still held",
            points: learned.indices.map { .init(x: Double($0), learned: learned[$0], optimal: optimal[$0]) })
    }
}

extension AlmgrenChriss: PlottableEnvironment {
    package func curves(_ probe: PolicyProbe) -> [PolicyCurve] {
        [schedule(probe, title: "What is left after every slice", x: "slice")]
    }
}

extension RunningPenaltyLiquidation: PlottableEnvironment {
    package func curves(_ probe: PolicyProbe) -> [PolicyCurve] {
        [schedule(probe, title: "What is left after every step", x: "step")]
    }
}

extension GarleanuPedersen: PlottableEnvironment {
    package func curves(_ probe: PolicyProbe) -> [PolicyCurve] {
        let (rate, aim) = solution
        func line(_ title: String, _ x: String, _ observation: (Double) -> [Float], _ optimal: (Double) -> Double)
            -> PolicyCurve
        {
            PolicyCurve(
                title: title, x: x, y: "next position",
                points: stride(from: -1.0, through: 1.001, by: 0.1).map {
                    .init(
                        x: $0, learned: Double(probe.action(in: self, observation: observation($0))[0]),
                        optimal: optimal($0))
                })
        }
        return [
            line("Against the signal, from no position", "signal", { [0, Float($0)] }, { rate * aim * $0 }),
            line("Against the position, without a signal", "position", { [Float($0), 0] }, { (1 - rate) * $0 }),
        ]
    }
}

extension MarketMaking: PlottableEnvironment {
    package func curves(_ probe: PolicyProbe) -> [PolicyCurve] {
        let most = min(options.cap, 8), step = options.steps / 2
        var observation: [Float] = [0, 0], known: [Float] = [0, 0]
        func line(_ title: String, _ side: Int, _ inventories: ClosedRange<Int>) -> PolicyCurve {
            PolicyCurve(
                title: title, x: "inventory", y: "distance from the price",
                points: inventories.map { inventory in
                    enter(step: step, inventory: inventory, observation: &observation)
                    let learned = probe.action(in: self, observation: observation)
                    act(as: 1, action: &known)
                    return .init(
                        x: Double(inventory), learned: Double(1 + learned[side]) / options.kappa,
                        optimal: Double(1 + known[side]) / options.kappa)
                })
        }
        return [line("Bid, half-way", 0, -most...most - 1), line("Ask, half-way", 1, 1 - most...most)]
    }
}

extension MomentumChain: PlottableEnvironment {
    package func curves(_ probe: PolicyProbe) -> [PolicyCurve] {
        var observation = [Float](repeating: 0, count: observationCount)
        return [
            PolicyCurve(
                title: "Position to take in every state",
                x: "state (\((0..<stateCount).map { "\($0): \(stateName($0))" }.joined(separator: "; ")))",
                y: "position",
                points: (0..<stateCount).map { state in
                    enter(state: state, observation: &observation)
                    var known: Float = 0
                    act(as: 1, action: &known)
                    return .init(
                        x: Double(state), learned: Double(probe.action(in: self, observation: observation)[0]) - 1,
                        optimal: Double(known) - 1)
                })
        ]
    }
}
