import Basics

/// Shows the last few observations of another environment, oldest first: what a recurrent policy reads.
package final class StackedObservations: Environment {
    private let base: any Environment
    /// Observations that are seen together, the newest last.
    package let length: Int
    private let latest: UnsafeMutablePointer<Float>
    private var history: [Float]

    /// - Parameters:
    ///   - base: the task itself.
    ///   - length: observations that are seen together; zeros stand before the first.
    package init(_ base: any Environment, length: Int) {
        (self.base, self.length) = (base, length)
        latest = .allocate(capacity: base.observationCount)
        latest.initialize(repeating: 0, count: base.observationCount)
        history = [Float](repeating: 0, count: length * base.observationCount)
    }

    deinit { latest.deallocate() }

    package var observationCount: Int { history.count }
    package var actions: ActionSpace { base.actions }
    package var longestEpisode: Int { base.longestEpisode }
    package var references: [ReferencePolicy] { base.references }
    package var distinctEpisodes: Int? { base.distinctEpisodes }
    package var measureNames: [String] { base.measureNames }
    package func measure(into values: UnsafeMutablePointer<Double>) { base.measure(into: values) }
    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) { base.act(as: reference, action: action) }

    /// What was before the episode is shown as zeros.
    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        for i in history.indices { history[i] = 0 }
        base.reset(seed: seed, observation: latest)
        push(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let outcome = base.step(action, observation: latest)
        push(observation)
        return outcome
    }

    private func push(_ observation: UnsafeMutablePointer<Float>) {
        let width = base.observationCount, kept = history.count - width
        history.withUnsafeMutableBufferPointer { history in
            guard let start = history.baseAddress else { return }
            start.update(from: start + width, count: kept)
            (start + kept).update(from: latest, count: width)
            observation.update(from: start, count: kept + width)
        }
    }

    package var state: [UInt64] {
        get { history.map { UInt64($0.bitPattern) } + base.state }
        set {
            guard newValue.count >= history.count else { return }
            for i in history.indices { history[i] = Float(bitPattern: UInt32(truncatingIfNeeded: newValue[i])) }
            base.state = Array(newValue[history.count...])
        }
    }
}
