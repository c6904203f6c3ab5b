import Basics
import Foundation
import Tensors

/// Returns of a policy over many episodes.
package struct ReturnStatistics: Sendable, Equatable {
    /// Return of each episode, in order.
    package let returns: [Double]
    /// Means over episodes of what the environment measures besides, by ``Environment/measureNames``.
    package let measures: [Double]

    /// - Parameter returns: at least one.
    package init(returns: [Double], measures: [Double] = []) { (self.returns, self.measures) = (returns, measures) }

    /// Mean return over the episodes.
    package var mean: Double { returns.reduce(0, +) / Double(returns.count) }

    /// n − 1 in the denominator; zero for one episode.
    package var deviation: Double {
        guard returns.count > 1 else { return 0 }
        let mean = mean
        return (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count - 1)).squareRoot()
    }

    /// Standard error of the mean.
    package var standardError: Double { deviation / Double(returns.count).squareRoot() }
    /// 95 % by the normal distribution; episodes are independent.
    package var interval: (lower: Double, upper: Double) { (mean - 1.96 * standardError, mean + 1.96 * standardError) }
}

/// Follows a policy through many episodes, on all threads.
package enum PolicyEvaluation {
    /// Episodes that a thread takes at a time, and how many of them it steps together.
    private static let chunk = 512, lanes = 128

    /// Episode e has the same seed for every policy, so that policies are compared on common chances. The result does
    /// not depend on threads.
    ///
    /// - Parameters:
    ///   - episodes: how many; recorded episodes are run once each instead.
    ///   - discount: of rewards in a return.
    package static func run(
        _ policy: Policy, episodes wanted: Int, seed: UInt64, discount: Double = 1, threads: Int,
        environment make: @Sendable () throws -> any Environment
    ) throws -> ReturnStatistics {
        let probe = try make(), recorded = probe.distinctEpisodes, episodes = recorded ?? wanted
        let chunks = (episodes + chunk - 1) / chunk, width = probe.measureNames.count
        let returns = UnsafeMutableBufferPointer<Double>.allocate(capacity: episodes),
            measures = UnsafeMutableBufferPointer<Double>.allocate(capacity: episodes * width)
        defer {
            returns.deallocate()
            measures.deallocate()
        }
        let workers = max(1, min(threads, chunks))
        let work = Work(
            environments: try (0..<workers).map { _ in try (0..<min(lanes, episodes)).map { _ in try make() } },
            returns: returns, measures: measures)
        ParallelRegion.run(items: workers, threads: workers) { worker in
            for index in stride(from: worker, to: chunks, by: workers) {
                let first = index * chunk
                follow(
                    policy, work.environments[worker], episodes: first..<min(first + chunk, episodes), seed: seed,
                    isRecorded: recorded != nil, discount: discount, work)
            }
        }
        let sums = (0..<width).map { k in
            (0..<episodes).reduce(0.0) { $0 + measures[$1 * width + k] } / Double(episodes)
        }
        return ReturnStatistics(returns: Array(returns), measures: sums)
    }

    /// What threads share; every episode has its own place, and every thread its own environments.
    private struct Work: @unchecked Sendable {
        let environments: [[any Environment]]
        let returns: UnsafeMutableBufferPointer<Double>
        let measures: UnsafeMutableBufferPointer<Double>
    }

    private static func follow(
        _ policy: Policy, _ environments: [any Environment], episodes: Range<Int>, seed: UInt64, isRecorded: Bool,
        discount: Double, _ work: Work
    ) {
        let count = environments.count, size = environments[0].observationCount, width = environments[0].actions.width,
            measureCount = environments[0].measureNames.count
        let runner = PolicyRunner(policy, batch: count)
        let observations = FloatBuffer(count: count * size), actions = FloatBuffer(count: count * width)
        var episode = [Int](repeating: -1, count: count), factor = [Double](repeating: 1, count: count),
            earned = factor, next = episodes.lowerBound
        // Lanes that are still running are kept in front.
        var lanes = environments, running = 0
        func begin(_ lane: Int) -> Bool {
            guard next < episodes.upperBound else { return false }
            var random = SeededRandom(seed: seed, 0xEA1, UInt64(next))
            lanes[lane].reset(
                seed: isRecorded ? UInt64(next) : random.next(), observation: observations.pointer + lane * size)
            (episode[lane], factor[lane], earned[lane]) = (next, 1, 0)
            next += 1
            return true
        }
        while running < count, begin(running) { running += 1 }
        while running > 0 {
            runner.act(
                in: lanes[..<running], observations: observations.pointer, actions: actions.pointer, width: width)
            var lane = 0
            for _ in 0..<running {
                let outcome = lanes[lane].step(
                    actions.pointer + lane * width, observation: observations.pointer + lane * size)
                earned[lane] += factor[lane] * outcome.reward
                factor[lane] *= discount
                if outcome.ending == .none {
                    lane += 1
                    continue
                }
                work.returns[episode[lane]] = earned[lane]
                if measureCount > 0, let base = work.measures.baseAddress {
                    lanes[lane].measure(into: base + episode[lane] * measureCount)
                }
                if begin(lane) {
                    lane += 1
                    continue
                }
                // The last running lane takes its place, and has its turn here: actions move along.
                running -= 1
                guard lane < running else { continue }
                lanes.swapAt(lane, running)
                (episode[lane], factor[lane], earned[lane]) = (episode[running], factor[running], earned[running])
                (observations.pointer + lane * size).update(from: observations.pointer + running * size, count: size)
                (actions.pointer + lane * width).update(from: actions.pointer + running * width, count: width)
            }
        }
    }
}
