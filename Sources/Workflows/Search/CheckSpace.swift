import Basics
import Features
import HyperparameterSearch
import NeuralNetworks

/// Whether the parameters of a search fit the configuration that they change: found out before the first trial, since
/// trials that fail count as trials.
///
/// Every value that decides a parameter's range (both ends, or all choices) is written into the configuration, which is
/// then read as a worker reads it. A value may not go with every value of the others, so a parameter is refused only
/// where none of several points can be read.
struct CheckSpace {
    private let recipe: SearchRecipe
    private let table: FeatureTable?
    /// Places of all parameters in [0, 1], in which one at a time is changed.
    private let contexts: [[Double]]

    /// Choices of a parameter that are looked at.
    private static let mostChoices = 64

    /// - Returns: the split that all points have.
    /// - Throws: ``ConfigError`` for a parameter that cannot be set, or that decides what trials are judged on.
    static func run(_ recipe: SearchRecipe, table: FeatureTable?) throws -> SplitSpec {
        let check = CheckSpace(recipe, table)
        try check.refuseOthersGround()
        for index in recipe.space.parameters.indices { try check.read(index) }
        return try check.anyPoint { try check.split($0) } ?? SplitSpec()
    }

    /// Prepares the first point as a worker would, so that data, label and network are known to fit.
    ///
    /// - Throws: what preparing throws where no point can be prepared.
    static func prepare(_ recipe: SearchRecipe, table: FeatureTable?, threads: Int) throws {
        let check = CheckSpace(recipe, table)
        _ = try check.anyPoint { try check.prepare($0, threads: threads) }
    }

    private init(_ recipe: SearchRecipe, _ table: FeatureTable?) {
        (self.recipe, self.table) = (recipe, table)
        let count = recipe.space.parameters.count
        contexts =
            [0, 0.5, 1].map { [Double](repeating: $0, count: count) }
            + (0..<8).map { Halton.point($0, dimensions: count, seed: 1) }
    }

    // MARK: What a parameter may not decide

    /// Numbers that were measured on other samples, in another task or by another measure are not compared.
    private func refuseOthersGround() throws {
        for parameter in recipe.space.parameters where !parameter.isConstant {
            guard let reason = reason(parameter.name) else { continue }
            throw ConfigError(
                "found the parameter '\(parameter.name)', which decides \(reason)", at: recipe.marks[parameter.name],
                hint: "search over what is learned, and fix this for all trials in '\(Paths.name(recipe.config))'")
        }
    }

    private func reason(_ name: String) -> String? {
        func lies(in section: String) -> Bool { name == section || name.hasPrefix(section + ".") }
        switch recipe.base {
        case .supervised:
            if lies(in: "split") { return "which samples a trial is judged on" }
            if lies(in: "training.loss"), recipe.objectives.contains(where: { $0.metric == "loss" }) {
                return "what the objective 'loss' is"
            }
        case .agent(let base):
            if lies(in: "split") || lies(in: "evaluation") { return "how a trial is judged" }
            // Where the evaluation says otherwise, only learning is changed.
            let fixed = Set(base.evaluation.environment.map { "environment.\($0.0)" })
            if lies(in: "environment"), !fixed.contains(name) { return "the task that a trial is judged by" }
        }
        return nil
    }

    // MARK: Points

    /// The value of the first point that gives one.
    ///
    /// - Throws: what the first one threw where none does.
    private func anyPoint<T>(_ body: (Point) throws -> T) throws -> T? {
        var first: (any Error)?
        for units in contexts {
            let point = recipe.space.point(units: units)
            guard recipe.space.isFeasible(point) else { continue }
            do { return try body(point) } catch { first = first ?? error }
        }
        if let first { throw first }
        return nil
    }

    /// Reads the configuration at the values that bound a parameter.
    private func read(_ index: Int) throws {
        let parameter = recipe.space.parameters[index]
        let units: [Double] =
            parameter.isChoice
            ? (0..<min(parameter.count ?? 1, Self.mostChoices)).map {
                (Double($0) + 0.5) / Double(parameter.count ?? 1)
            } : [0, 1]
        for unit in units {
            var first: (any Error)?, isReadable = false
            for context in contexts where !isReadable {
                let point = recipe.space.point(units: active(index, at: unit, in: context))
                guard !point[index].isNaN, recipe.space.isFeasible(point) else { continue }
                do {
                    try read(point)
                    isReadable = true
                } catch { first = first ?? error }
            }
            guard !isReadable, let first else { continue }
            let place = first as? NoPlace, reason = (place?.reason ?? first) as? any UserFacingError
            throw refusal(
                place?.name ?? parameter.name, place?.value ?? parameter.json(parameter.value(unit: unit)),
                reason?.message ?? "\(first)", reason?.hint)
        }
    }

    private func refusal(_ name: String, _ value: JSONValue, _ problem: String, _ hint: String?) -> ConfigError {
        ConfigError(
            "cannot set '\(name)' to \(value.text(.compact)) in '\(Paths.name(recipe.config))': \(problem)",
            at: recipe.marks[name], hint: hint ?? "name a path that the configuration has")
    }

    /// Places at which a parameter exists and has its place `unit`.
    private func active(_ index: Int, at unit: Double, in context: [Double]) -> [Double] {
        var units = context, child = index
        units[index] = unit
        while let condition = recipe.space.parameters[child].condition,
            let parent = recipe.space.index(of: condition.parent), let value = condition.values.first,
            let number = recipe.space.parameters[parent].value(value)
        {
            units[parent] = recipe.space.parameters[parent].unit(value: number)
            child = parent
        }
        return units
    }

    private func node(_ point: Point) throws -> JSONValue {
        var node = recipe.base.node
        for (path, value) in recipe.overrides(point) {
            do { try node.set(path: path, to: value) } catch { throw NoPlace(name: path, value: value, reason: error) }
        }
        return node
    }

    /// A parameter whose path leads nowhere in the configuration, whatever the others are.
    private struct NoPlace: Error {
        let name: String
        let value: JSONValue
        let reason: any Error
    }

    private func read(_ point: Point) throws {
        switch recipe.base {
        case .supervised:
            let own = try TrainingRecipe(try node(point))
            if let table {
                _ = try Network(layers: own.layers, input: SampleShape(time: own.window, channels: table.width))
            }
        case .agent: _ = try AgentRecipe(try node(point))
        }
    }

    private func split(_ point: Point) throws -> SplitSpec {
        switch recipe.base {
        case .supervised: try TrainingRecipe(try node(point)).split
        case .agent: try AgentRecipe(try node(point)).split
        }
    }

    private func prepare(_ point: Point, threads: Int) throws {
        switch recipe.base {
        case .supervised:
            guard let table else { return }
            let own = try TrainingRecipe(try node(point))
            try own.requireNamedKernels(in: "a search")
            try own.validate(against: table.label)
            _ = try PreparedTraining(
                own, table: table, split: recipe.folds?.split(0, of: own.split) ?? own.split,
                reserved: recipe.folds?.reserved ?? 0, threads: threads)
        case .agent:
            _ = try PreparedAgent(
                try AgentRecipe(try node(point)), table: table, recordings: try RecordedBooks.read(recipe.data),
                threads: threads)
        }
        if let strategy = recipe.strategy, let table { _ = try StrategyFile(strategy, horizon: table.holdBars()) }
    }
}
