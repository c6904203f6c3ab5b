package import Basics
import Features
import HyperparameterSearch
import NeuralNetworks

/// The samples on which all trials of a search are judged: those that every point of its space leaves.
///
/// A window of more rows loses the first samples of every session, which are unlike the others: a search over windows
/// that judged each on its own samples would find the window that drops the hardest ones. The longest window that the
/// space allows decides for all trials, for training, the choice of the epoch and every fold alike.
package struct CommonSamples: Sendable, Equatable {
    /// Rows that precede each sample at least, its own included.
    package let longestWindow: Int
    /// Samples that decide: of the validation span, or of all folds.
    package let samples: Int
    /// As many as the shortest window would leave.
    package let most: Int
    /// The shortest window of the space.
    package let shortestWindow: Int
    /// Windows of the space that leave no sample in some part, so that their points fail.
    package let unusable: [Int]

    /// Option of a training configuration that keeps to these samples.
    static let option = "split.longestWindow"

    package var json: JSONValue {
        .map([
            "longestWindow": .int(longestWindow), "samples": .int(samples), "most": .int(most),
            "shortestWindow": .int(shortestWindow), "unusableWindows": .list(unusable.map { .int($0) }),
        ])
    }

    /// Reads what ``json`` wrote; nil for anything else.
    package init?(_ node: JSONValue) {
        guard let longest = node[key: "longestWindow"]?.intValue, let samples = node[key: "samples"]?.intValue,
            let most = node[key: "most"]?.intValue, let shortest = node[key: "shortestWindow"]?.intValue
        else { return nil }
        (longestWindow, self.samples, self.most, shortestWindow) = (longest, samples, most, shortest)
        unusable = node[key: "unusableWindows"]?.listValue?.compactMap(\.intValue) ?? []
    }

    private init(_ longest: Int, samples: Int, most: Int, shortest: Int, unusable: [Int]) {
        (longestWindow, self.samples, self.most, shortestWindow) = (longest, samples, most, shortest)
        self.unusable = unusable
    }

    /// Nil where all points have one window.
    ///
    /// - Parameter split: of the points.
    /// - Throws: ``Failure`` with code `features.no-samples` where even the shortest window leaves nothing.
    static func find(_ recipe: SearchRecipe, table: FeatureTable, split: SplitSpec) throws -> CommonSamples? {
        let windows = windows(recipe)
        guard windows.count > 1, let shortest = windows.first else { return nil }
        func count(_ window: Int, atLeast longest: Int) throws -> Int {
            var base = split
            base.longestWindow = max(longest, split.longestWindow ?? 0)
            guard let folds = recipe.folds else {
                return try WindowedDataset(table, window: window, split: base).validation.count
            }
            return try (0..<folds.count).reduce(0) { sum, fold in
                sum
                    + (try WindowedDataset(
                        table, window: window, split: folds.split(fold, of: base), reserved: folds.reserved
                    ).test.count)
            }
        }
        let most = try count(shortest, atLeast: 1)
        // A longer window never leaves more, so the longest usable one is found by bisection.
        var (usable, beyond) = (0, windows.count)
        while usable + 1 < beyond {
            let middle = (usable + beyond) / 2
            if (try? count(windows[middle], atLeast: 1)) != nil { usable = middle } else { beyond = middle }
        }
        return CommonSamples(
            windows[usable], samples: try count(shortest, atLeast: windows[usable]), most: most, shortest: shortest,
            unusable: Array(windows[beyond...]))
    }

    /// All windows of the space, in order.
    private static func windows(_ recipe: SearchRecipe) -> [Int] {
        let space = recipe.space, own: Int
        switch recipe.base {
        case .supervised(let recipe): own = recipe.window
        case .agent(let recipe): own = recipe.window
        }
        func values(_ parameter: SearchParameter) -> [JSONValue] {
            let count = parameter.count ?? 0
            return (0..<count).map { parameter.json(parameter.value(unit: (Double($0) + 0.5) / Double(count))) }
        }
        var windows: Set<Int> = []
        if let index = space.index(of: "window") {
            let parameter = space.parameters[index]
            windows.formUnion(values(parameter).compactMap(\.intValue))
            if parameter.condition != nil { windows.insert(own) }
        } else if recipe.base.node[key: "window"] == nil, let index = space.index(of: "model") {
            // A named model brings its window.
            windows.formUnion(
                values(space.parameters[index]).compactMap { name in
                    name.stringValue.flatMap { try? NamedModels.find($0, at: nil).window }
                })
        }
        return windows.isEmpty ? [own] : windows.sorted()
    }
}
