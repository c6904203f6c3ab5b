import Basics

/// Decides from intermediate values whether a trial is worth going on with. Values are turned so that less is better by
/// the caller's direction.
package protocol Pruner: Sendable {
    static var kind: String { get }
    /// - Parameter step: the step that trial `number` has just reported.
    func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool
}

/// Lets every trial finish.
package struct NoPruner: Pruner {
    package static let kind = "none"

    package init() {}
    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool { false }
}

extension TrialHistory {
    /// The loss that a trial reported at a step.
    func loss(_ trial: Trial, at step: Int) -> Double? {
        // Reports are in order; the newest are the ones that are asked for.
        trial.reports.last { $0.step == step }.map { $0.value * directions[0].sign }
    }

    func trial(_ number: Int) -> Trial? {
        trials.indices.contains(number) && trials[number].number == number
            ? trials[number] : trials.first { $0.number == number }
    }
}

/// Pruners by their configuration: a name, or a map with `kind` and options.
package enum Pruners {
    package static let names = [
        NoPruner.kind, MedianPruner.kind, SuccessiveHalvingPruner.kind, HyperbandPruner.kind, PatiencePruner.kind,
        WilcoxonPruner.kind,
    ]

    /// - Parameter maximumSteps: the most reports that a trial makes, for pruners that plan with it.
    /// - Throws: ``ConfigError``.
    package static func make(_ node: JSONValue, maximumSteps: Int, path: String = "pruner") throws -> any Pruner {
        let node =
            node.stringValue.map { JSONValue(JSONValue.map(["kind": .string($0)]).kind, mark: node.mark) } ?? node
        let kind = node[key: "kind"]?.stringValue ?? ""
        func reader(_ keys: [String]) throws -> ConfigReader {
            try ConfigReader(node, path: path, keys: ["kind"] + keys)
        }
        switch kind {
        case NoPruner.kind:
            _ = try reader([])
            return NoPruner()
        case MedianPruner.kind:
            let reader = try reader(["startupTrials", "warmupSteps"])
            return MedianPruner(
                startupTrials: try reader.int("startupTrials", default: 5, in: 1...100_000),
                warmupSteps: try reader.int("warmupSteps", default: 0, in: 0...1_000_000))
        case SuccessiveHalvingPruner.kind:
            let reader = try reader(["minimum", "reduction", "skip"])
            return SuccessiveHalvingPruner(
                minimum: try reader.int("minimum", default: 1, in: 1...1_000_000),
                reduction: try reader.int("reduction", default: 3, in: 2...100),
                skip: try reader.int("skip", default: 0, in: 0...30))
        case HyperbandPruner.kind:
            let reader = try reader(["minimum", "maximum", "reduction"])
            return HyperbandPruner(
                minimum: try reader.int("minimum", default: 1, in: 1...1_000_000),
                maximum: try reader.int("maximum", default: max(maximumSteps, 1), in: 1...10_000_000),
                reduction: try reader.int("reduction", default: 3, in: 2...100))
        case PatiencePruner.kind:
            let reader = try reader(["patience", "minimumImprovement"])
            return PatiencePruner(
                patience: try reader.int("patience", default: 3, in: 0...1_000_000),
                minimumImprovement: try reader.double("minimumImprovement", default: 0, in: 0...1e9))
        case WilcoxonPruner.kind:
            let reader = try reader(["significance", "startupSteps"])
            return WilcoxonPruner(
                significance: try reader.double("significance", default: 0.1, in: 1e-9...0.5),
                startupSteps: try reader.int("startupSteps", default: 2, in: 1...1_000_000))
        default:
            throw ConfigError(
                "found the pruner '\(kind)', expected one of \(names.joined(separator: ", "))",
                at: node[key: "kind"]?.mark ?? node.mark,
                hint: NearestName.of(kind, in: names).map { "did you mean '\($0)'?" })
        }
    }
}
