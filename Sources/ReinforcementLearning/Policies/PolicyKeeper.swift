import Basics
package import Tensors

/// Keeps the policy that does best while an agent learns: what is learned last may be far below what was known before.
///
/// Every so many steps the policy of the moment acts without exploring in episodes of its own, the same ones every
/// time, so that evaluations are compared on common chances. The best is kept, the later one of equals. Learning is
/// not touched: an agent with a keeper makes the same steps as one without.
///
/// The kept evaluation is the largest of many and so too good; what the policy earns is measured on other episodes.
package final class PolicyKeeper {
    /// When and how policies are compared, as the section `evaluation` of a configuration says.
    package struct Options: Sendable, Equatable {
        /// Steps of environments between evaluations; zero keeps the last policy, whatever it does.
        package var every: Int
        /// Episodes of one evaluation; recorded episodes are run once each instead.
        package var episodes: Int
        /// Of the episodes.
        package var seed: UInt64
        /// Of rewards in a return.
        package var discount: Double
        /// Evaluations without a better one after which learning ends; nil for none.
        package var patience: Int?

        /// Twenty evaluations, which cost a tenth to a half of what learning small tasks costs.
        package static let evaluations = 20

        /// - Parameter every: steps between evaluations.
        package init(every: Int, episodes: Int = 100, seed: UInt64 = 1, discount: Double = 1, patience: Int? = nil) {
            (self.every, self.episodes, self.seed, self.discount) = (every, episodes, seed, discount)
            self.patience = patience
        }
    }

    /// What the policy of one moment earned.
    package struct Evaluation: Sendable, Equatable {
        /// Steps of environments before it.
        package let steps: Int
        /// Mean over the episodes.
        package let meanReturn: Double
    }

    /// As given.
    package let options: Options
    /// In order of steps.
    package private(set) var evaluations: [Evaluation] = []
    private var bestIndex: Int?
    /// Evaluations since one was better than all before it; an equal one is not better.
    private var sinceBetter = 0
    private var kept: Policy?
    private let threads: Int
    private let make: @Sendable () throws -> any Environment

    /// - Parameter make: an environment to be measured in.
    package init(_ options: Options, threads: Int, environment make: @escaping @Sendable () throws -> any Environment) {
        (self.options, self.threads, self.make) = (options, threads, make)
    }

    /// The best evaluation; nil before the first.
    package var best: Evaluation? { bestIndex.map { evaluations[$0] } }
    /// Whether the patience is at its end.
    package var isExhausted: Bool { options.patience.map { sinceBetter >= $0 } ?? false }

    /// The policy to keep of an agent that has learned so far.
    package func policy(of agent: any Agent) -> Policy { kept ?? agent.policy }

    /// Evaluates the policy of an agent where that is due: every so many steps, and when it has finished.
    ///
    /// - Returns: whether it was.
    @discardableResult
    package func observe(_ agent: any Agent) throws -> Bool {
        let last = evaluations.last?.steps ?? 0
        guard options.every > 0, agent.steps > last,
            agent.isFinished || agent.steps / options.every > last / options.every
        else { return false }
        let policy = agent.policy
        let mean = try PolicyEvaluation.run(
            policy, episodes: options.episodes, seed: options.seed, discount: options.discount, threads: threads,
            environment: make
        ).mean
        evaluations.append(Evaluation(steps: agent.steps, meanReturn: mean))
        guard mean.isFinite else {
            sinceBetter += 1
            return true
        }
        sinceBetter = best.map { mean > $0.meanReturn } ?? true ? 0 : sinceBetter + 1
        if best.map({ mean >= $0.meanReturn }) ?? true {
            (bestIndex, kept) = (evaluations.count - 1, policy.copy())
        }
        return true
    }

    /// Adds what a checkpoint needs so that learning that resumes keeps the same policy.
    package func save(into file: inout SafetensorsFile) {
        guard !evaluations.isEmpty else { return }
        file.set(
            "keeper.evaluations", shape: [evaluations.count, 2],
            .float64(evaluations.flatMap { [Double($0.steps), $0.meanReturn] }))
        file.set("keeper.state", shape: [2], .int64([Int64(bestIndex ?? -1), Int64(sinceBetter)]))
        switch kept?.kind {
        case .network(_, let parameters, _):
            file.set("keeper.best", shape: [parameters.count], .float32(parameters.array))
        case .table(let values, _): file.set("keeper.best", shape: [values.count], .float64(values))
        case .reference, nil: break
        }
    }

    /// Takes up what ``save(into:)`` wrote. A checkpoint of a version that kept nothing restores nothing.
    ///
    /// - Throws: ``Failure`` when the file is damaged or of another agent.
    package func restore(_ file: SafetensorsFile, agent: any Agent, from path: String) throws {
        guard let rows = file["keeper.evaluations"]?.column else { return }
        guard case .float64(let numbers) = rows, numbers.count % 2 == 0,
            case .int64(let state)? = file["keeper.state"]?.column, state.count == 2,
            let since = Int(exactly: state[1]), since >= 0, let index = Int(exactly: state[0]),
            index >= -1, index < numbers.count / 2,
            stride(from: 0, to: numbers.count, by: 2).allSatisfy({ Int(exactly: numbers[$0]) != nil })
        else { throw Self.damaged(path) }
        evaluations = try stride(from: 0, to: numbers.count, by: 2).map {
            guard let steps = Int(exactly: numbers[$0]) else { throw Self.damaged(path) }
            return Evaluation(steps: steps, meanReturn: numbers[$0 + 1])
        }
        (bestIndex, sinceBetter, kept) = (index < 0 ? nil : index, since, nil)
        guard index >= 0 else { return }
        switch (agent.policy.kind, file["keeper.best"]?.column) {
        case (.network(let network, let own, let head), .float32(let values)?) where values.count == own.count:
            kept = Policy(.network(network, FloatBuffer(values), head))
        case (.table(let own, let actions), .float64(let values)?) where values.count == own.count:
            kept = Policy(.table(values, actions: actions))
        default: throw Self.damaged(path)
        }
    }

    private static func damaged(_ path: String) -> Failure {
        Failure("train.checkpoint", "found a damaged checkpoint in '\(path)'", hint: "start anew without --resume")
    }
}

extension Policy {
    /// The same policy, whatever the agent that it was taken from goes on to learn.
    package func copy() -> Policy {
        guard case .network(let network, let parameters, let head) = kind else { return self }
        return Policy(.network(network, FloatBuffer(parameters.array), head))
    }
}
