import Basics
package import Tensors

/// One line of a learning curve.
package struct CurvePoint: Sendable, Equatable {
    /// Steps of environments so far.
    package var steps: Int
    /// Episodes that have ended so far.
    package var episodes: Int
    /// Mean return of the last hundred episodes; NaN before the first.
    package var meanReturn: Double
    /// In the order of ``Agent/measures``.
    package var measures: [Double]

    /// A point of the curve.
    package init(steps: Int, episodes: Int, meanReturn: Double, measures: [Double]) {
        (self.steps, self.episodes, self.meanReturn, self.measures) = (steps, episodes, meanReturn, measures)
    }
}

/// Something that learns a policy by acting.
///
/// Deterministic by contract: the same environments, options and seed give the same bytes of weights for any number of
/// threads, and learning that went on from a checkpoint ends in the same bytes as learning that was not interrupted.
package protocol Agent: AnyObject {
    /// Names of what ``CurvePoint/measures`` has.
    static var measures: [String] { get }

    /// Steps of environments so far.
    var steps: Int { get }
    /// Steps of environments after which learning ends.
    var totalSteps: Int { get }
    /// The learning curve, one point an iteration.
    var curve: [CurvePoint] { get }
    /// Acts for a while, and learns from it.
    func iterate()
    /// What was learned so far, as it would be used. Shares memory with the agent: read it before the next
    /// ``iterate()``.
    var policy: Policy { get }

    /// All that learning goes on from: weights, optimiser, environments, random state.
    var checkpoint: SafetensorsFile { get }
    /// - Throws: ``Failure`` when the file is damaged or of another agent.
    func restore(_ file: SafetensorsFile, from path: String) throws
}

extension Agent {
    /// Whether all steps were made.
    package var isFinished: Bool { steps >= totalSteps }
}

/// Returns of the last episodes, and the curve.
struct LearningRecord {
    private(set) var curve: [CurvePoint] = []
    private(set) var episodes = 0
    private var recent: [Double] = []
    private static let span = 100

    var meanReturn: Double { recent.isEmpty ? .nan : recent.reduce(0, +) / Double(recent.count) }

    mutating func add(_ returns: [Double]) {
        episodes += returns.count
        recent += returns
        if recent.count > LearningRecord.span { recent.removeFirst(recent.count - LearningRecord.span) }
    }

    mutating func note(steps: Int, measures: [Double]) {
        curve.append(CurvePoint(steps: steps, episodes: episodes, meanReturn: meanReturn, measures: measures))
    }

    func save(into file: inout SafetensorsFile, width: Int) {
        file.set(
            "agent.curve", shape: [curve.count, 3 + width],
            .float64(curve.flatMap { [Double($0.steps), Double($0.episodes), $0.meanReturn] + $0.measures }))
        file.set("agent.recent", shape: [recent.count], .float64(recent))
        file.set("agent.ended", shape: [1], .int64([Int64(episodes)]))
    }

    init() {}

    init(_ file: SafetensorsFile, width: Int, path: String) throws {
        guard case .float64(let curve)? = file["agent.curve"]?.column,
            case .float64(let recent)? = file["agent.recent"]?.column,
            case .int64(let ended)? = file["agent.ended"]?.column, curve.count % (3 + width) == 0, ended.count == 1,
            stride(from: 0, to: curve.count, by: 3 + width).allSatisfy({
                Int(exactly: curve[$0]) != nil && Int(exactly: curve[$0 + 1]) != nil
            })
        else {
            throw Failure(
                "train.checkpoint", "found a damaged checkpoint in '\(path)'", hint: "start anew without --resume")
        }
        self.curve = stride(from: 0, to: curve.count, by: 3 + width).map {
            CurvePoint(
                steps: Int(saturating: curve[$0]), episodes: Int(saturating: curve[$0 + 1]), meanReturn: curve[$0 + 2],
                measures: Array(curve[$0 + 3..<$0 + 3 + width]))
        }
        self.recent = recent
        episodes = Int(ended[0])
    }
}
