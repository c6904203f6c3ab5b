package import Basics
import Foundation
import Tensors

/// The last transitions, in memory that is planned once; drawn evenly or by how wrong their value was.
///
/// A transition may span several steps: its return is what was earned on the way, discounted, and its discount what the
/// value at its end counts for, zero after a terminal end.
package final class ReplayBuffer {
    let capacity: Int
    private let observationCount: Int
    private let returnSteps: Int
    private let discount: Double
    private let priorityExponent: Double?
    private let observations: FloatBuffer
    private let next: FloatBuffer
    private let scalars: FloatBuffer
    /// Transitions that are held, at most `capacity`.
    package private(set) var count = 0
    private var head = 0
    private var tree: SumTree?
    private var largestPriority = 1.0
    private var weights: [Float] = []
    /// Steps of each environment that no transition has left yet: a ring of `returnSteps`.
    private let pendingObservations: FloatBuffer
    private var pendingActions: [Float]
    private var pendingRewards: [Float]
    private var pendingFirst: [Int]
    private var pendingCount: [Int]

    /// - Parameter priorityExponent: nil draws evenly.
    package init(
        capacity: Int, observationCount: Int, environments: Int, returnSteps: Int, discount: Double,
        priorityExponent: Double?
    ) {
        (self.capacity, self.observationCount, self.returnSteps) = (capacity, observationCount, returnSteps)
        (self.discount, self.priorityExponent) = (discount, priorityExponent)
        observations = FloatBuffer(count: capacity * observationCount)
        next = FloatBuffer(count: capacity * observationCount)
        scalars = FloatBuffer(count: 3 * capacity)
        tree = priorityExponent.map { _ in SumTree(capacity: capacity) }
        pendingObservations = FloatBuffer(count: environments * returnSteps * observationCount)
        pendingActions = [Float](repeating: 0, count: environments * returnSteps)
        pendingRewards = pendingActions
        pendingFirst = [Int](repeating: 0, count: environments)
        pendingCount = pendingFirst
    }

    package var actions: UnsafeMutablePointer<Float> { scalars.pointer }
    /// By place: what the steps of a transition earned, discounted.
    package var returns: UnsafeMutablePointer<Float> { scalars.pointer + capacity }
    /// By place: what the value at the end of a transition counts for.
    package var discounts: UnsafeMutablePointer<Float> { scalars.pointer + 2 * capacity }

    /// Takes in a rollout, environment by environment at each step.
    package func add(_ rollout: Rollout) {
        for t in 0..<rollout.steps {
            for n in 0..<rollout.environments {
                let place = t * rollout.environments + n, ending = rollout.endings[place]
                push(
                    n, rollout.observation(t, n), action: rollout.action(t, n)[0],
                    reward: rollout.rewards.pointer[place])
                if ending == .none {
                    if pendingCount[n] == returnSteps {
                        emit(n, next: rollout.observation(t + 1, n), isTerminal: false)
                    }
                } else if let finals = rollout.finals {
                    // All that is pending ends here, with fewer steps each.
                    while pendingCount[n] > 0 {
                        emit(n, next: finals.pointer + place * observationCount, isTerminal: ending == .terminal)
                    }
                }
            }
        }
    }

    private func push(_ n: Int, _ observation: UnsafePointer<Float>, action: Float, reward: Float) {
        let slot = n * returnSteps + (pendingFirst[n] + pendingCount[n]) % returnSteps
        (pendingObservations.pointer + slot * observationCount).update(from: observation, count: observationCount)
        (pendingActions[slot], pendingRewards[slot]) = (action, reward)
        pendingCount[n] += 1
    }

    /// Stores the oldest pending step of an environment as a transition to `observation`.
    private func emit(_ n: Int, next observation: UnsafePointer<Float>, isTerminal: Bool) {
        var sum = 0.0, factor = 1.0
        for k in 0..<pendingCount[n] {
            sum += factor * Double(pendingRewards[n * returnSteps + (pendingFirst[n] + k) % returnSteps])
            factor *= discount
        }
        let slot = n * returnSteps + pendingFirst[n]
        (observations.pointer + head * observationCount).update(
            from: pendingObservations.pointer + slot * observationCount, count: observationCount)
        (next.pointer + head * observationCount).update(from: observation, count: observationCount)
        actions[head] = pendingActions[slot]
        returns[head] = Float(sum)
        discounts[head] = isTerminal ? 0 : Float(factor)
        // What was never looked at is looked at soon.
        tree?.set(head, largestPriority)
        head = (head + 1) % capacity
        count = min(count + 1, capacity)
        pendingFirst[n] = (pendingFirst[n] + 1) % returnSteps
        pendingCount[n] -= 1
    }

    /// Draws transitions, with replacement; prioritised ones from equal parts of the sum.
    ///
    /// - Parameter correction: how far weights undo that some are drawn more often; 1 is fully.
    package func sample(into indices: inout [Int32], correction: Double, random: inout SeededRandom) {
        guard let tree else {
            for i in indices.indices { indices[i] = Int32(random.index(below: count)) }
            return
        }
        if weights.count != indices.count { weights = [Float](repeating: 1, count: indices.count) }
        let part = tree.total / Double(indices.count)
        var largest = 0.0
        for i in indices.indices {
            let item = tree.item(at: part * (Double(i) + random.uniform()))
            indices[i] = Int32(item)
            let weight = pow(Double(count) * tree[item] / tree.total, -correction)
            weights[i] = Float(weight)
            largest = max(largest, weight)
        }
        for i in weights.indices { weights[i] /= Float(largest) }
    }

    /// Of a position in the last sample.
    package func weight(_ position: Int) -> Float { tree == nil ? 1 : weights[position] }

    /// Notes how wrong the values of these places were; nothing where transitions are drawn evenly.
    package func prioritise(_ indices: [Int32], errors: UnsafePointer<Float>) {
        guard let exponent = priorityExponent else { return }
        for (i, index) in indices.enumerated() {
            let priority = pow(Double(abs(errors[i])) + 1e-6, exponent)
            largestPriority = max(largestPriority, priority)
            tree?.set(Int(index), priority)
        }
    }

    /// Writes what was observed before the transitions at these places, `[B][O]`.
    package func copyObservations(_ indices: UnsafeBufferPointer<Int32>, into target: UnsafeMutablePointer<Float>) {
        copy(observations, indices, target)
    }
    /// Writes what was observed after the transitions at these places, `[B][O]`.
    package func copyNext(_ indices: UnsafeBufferPointer<Int32>, into target: UnsafeMutablePointer<Float>) {
        copy(next, indices, target)
    }

    private func copy(
        _ source: FloatBuffer, _ indices: UnsafeBufferPointer<Int32>, _ target: UnsafeMutablePointer<Float>
    ) {
        for (position, index) in indices.enumerated() {
            (target + position * observationCount).update(
                from: source.pointer + Int(index) * observationCount, count: observationCount)
        }
    }

    // MARK: Checkpoint

    func save(into file: inout SafetensorsFile) {
        let used = count * observationCount
        file.set("replay.observations", shape: [used], .float32((0..<used).map { observations.pointer[$0] }))
        file.set("replay.next", shape: [used], .float32((0..<used).map { next.pointer[$0] }))
        file.set("replay.scalars", shape: [3, capacity], .float32(scalars.array))
        file.set("replay.counters", shape: [2], .int64([Int64(count), Int64(head)]))
        file.set(
            "replay.priorities", shape: [count + 1], .float64((0..<count).map { tree?[$0] ?? 0 } + [largestPriority]))
        file.set("replay.pending.observations", shape: [pendingObservations.count], .float32(pendingObservations.array))
        file.set("replay.pending.steps", shape: [2, pendingActions.count], .float32(pendingActions + pendingRewards))
        file.set(
            "replay.pending.places", shape: [2, pendingFirst.count],
            .int64((pendingFirst + pendingCount).map { Int64($0) }))
    }

    /// - Parameter actionCount: choices that an action may be.
    func restore(_ file: SafetensorsFile, path: String, actionCount: Int) throws {
        func areActions(_ values: some Collection<Float>) -> Bool {
            values.allSatisfy { $0 >= 0 && $0 < Float(actionCount) }
        }
        func floats(_ name: String) -> [Float]? {
            if case .float32(let values)? = file[name]?.column { values } else { nil }
        }
        func integers(_ name: String) -> [Int64]? {
            if case .int64(let values)? = file[name]?.column { values } else { nil }
        }
        guard let observations = floats("replay.observations"), let next = floats("replay.next"),
            let scalars = floats("replay.scalars"),
            let counters = integers("replay.counters"),
            case .float64(let priorities)? = file["replay.priorities"]?.column,
            let pendingObservations = floats("replay.pending.observations"), let steps = floats("replay.pending.steps"),
            let places = integers("replay.pending.places"),
            counters.count == 2, (0...Int64(capacity)).contains(counters[0]),
            (0..<Int64(capacity)).contains(counters[1]),
            observations.count == Int(counters[0]) * observationCount, next.count == observations.count,
            scalars.count == 3 * capacity,
            priorities.count == Int(counters[0]) + 1, pendingObservations.count == self.pendingObservations.count,
            steps.count == 2 * pendingActions.count,
            places.count == 2 * pendingFirst.count, places.allSatisfy({ (0...Int64(returnSteps)).contains($0) }),
            places[..<pendingFirst.count].allSatisfy({ $0 < returnSteps }), areActions(scalars[..<Int(counters[0])]),
            areActions(steps[..<pendingActions.count])
        else {
            throw Failure(
                "train.checkpoint", "found a damaged checkpoint in '\(path)'", hint: "start anew without --resume")
        }
        (count, head) = (Int(counters[0]), Int(counters[1]))
        for (i, value) in observations.enumerated() { self.observations.pointer[i] = value }
        for (i, value) in next.enumerated() { self.next.pointer[i] = value }
        self.scalars.copy(from: scalars)
        for item in 0..<count { tree?.set(item, priorities[item]) }
        largestPriority = priorities[count]
        self.pendingObservations.copy(from: pendingObservations)
        pendingActions = Array(steps[..<pendingActions.count])
        pendingRewards = Array(steps[pendingActions.count...])
        pendingFirst = places[..<pendingFirst.count].map { Int($0) }
        pendingCount = places[pendingFirst.count...].map { Int($0) }
    }
}
