package import Basics
package import Features
import HyperparameterSearch

extension SearchRecipe {
    /// What chose a point beside what its own training learns from: the stretches that its folds were measured on. Nil
    /// without folds, where trials are measured on the validation span, which a training learns from anyway.
    ///
    /// A study that was begun with the trials of another one was measured on the same folds: others are refused.
    func chosenBy(_ point: Point, study: String) throws -> LearnedSpan? {
        guard let folds, let features else { return nil }
        var node = base.node
        for (path, value) in overrides(point) { try node.set(path: path, to: value) }
        let own = try TrainingRecipe(node), table = try FeatureTable.read(features)
        return try (0..<folds.count).reduce(LearnedSpan()) { span, fold in
            let samples = try WindowedDataset(
                table, window: own.window, split: folds.split(fold, of: own.split), reserved: folds.reserved
            ).test
            return span.union(
                LearnedSpan(table, chosenOn: samples, learner: "the folds of the study '\(study)', which chose it"))
        }
    }

    /// Several measurements of one trial, each on a stretch of time that its training did not see.
    package struct Folds: Sendable, Equatable {
        /// How the stretches are chosen: a kind of split with several folds.
        package let kind: SplitKind
        /// Stretches, each measured once.
        package let count: Int
        /// Samples of each instrument dropped behind a stretch; nil for as many as a window has rows.
        package let embargo: Int?
        /// Share of the times, at the end, that the search never sees.
        package let reserved: Double

        /// Reads the section `folds` of a search, or what ``json`` wrote.
        ///
        /// - Throws: ``ConfigError`` with the nearest valid name.
        package init(_ node: JSONValue) throws {
            let reader = try ConfigReader(node, path: "folds", keys: ["kind", "count", "embargo", "reserved"])
            kind = try reader.kind("kind", in: SplitKind.folded)
            count = try reader.int("count", default: 4, in: 2...100)
            embargo = try reader.optionalInt("embargo", in: 0...1_000_000)
            reserved = try reader.double("reserved", default: 0.2, in: 0...0.9)
        }

        /// What a worker and the study's definition get.
        package var json: JSONValue {
            .map(
                [("kind", .string(kind.rawValue)), ("count", .int(count))]
                    + (embargo.map { [("embargo", .int($0))] } ?? []) + [("reserved", .double(reserved))])
        }

        /// The split of one fold, with the base's share for validation and its rows before a sample.
        package func split(_ fold: Int, of base: SplitSpec) -> SplitSpec {
            var split = SplitSpec(kind: kind, validation: base.validation, folds: count, fold: fold, embargo: embargo)
            (split.longestWindow, split.asOf) = (base.longestWindow, base.asOf)
            return split
        }
    }
}
