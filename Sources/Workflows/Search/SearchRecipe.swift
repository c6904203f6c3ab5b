package import Basics
import ConfigurationFiles
package import HyperparameterSearch
import NeuralNetworks
import Registry

/// A search configuration file: what is trained, what may vary, what is measured, and where.
package struct SearchRecipe: Sendable {
    /// What is trained.
    package enum Base: Sendable {
        case supervised(TrainingRecipe)
        case agent(AgentRecipe)

        init(_ path: String) throws {
            self = try AgentRecipe.isAgent(path) ? .agent(try AgentRecipe(path)) : .supervised(try TrainingRecipe(path))
        }

        package var node: JSONValue {
            switch self {
            case .supervised(let recipe): recipe.node
            case .agent(let recipe): recipe.node
            }
        }

        package var seed: Int {
            switch self {
            case .supervised(let recipe): Int(recipe.training.seed)
            case .agent(let recipe): Int(recipe.training.seed)
            }
        }
    }

    /// What a trial is measured by.
    package struct Objective: Sendable, Equatable {
        /// One of ``SearchObjectives/kinds(_:)``.
        package let metric: String
        package let direction: Direction
    }

    package var path: String
    package var name: String
    package var experiment: String
    /// The training configuration that trials change.
    package var config: String
    /// The same, read: what trials start from.
    package var base: Base
    /// Of what is supervised, and of agents that trade recorded bars.
    package var features: String?
    /// Recorded order books that agents learn in.
    package var data: String?
    package var strategy: String?
    package var objectives: [Objective]
    package var folds: Folds?
    package var space: SearchSpace
    package var sampler: String
    package var pruner: JSONValue
    package var seed: Int
    /// What all trials are judged on; set once the feature table is known.
    package var common: CommonSamples?
    /// Whether the desk trades the strategy; else, and in studies of earlier versions, money is an estimate from the
    /// returns of the table.
    package var tradesByDesk = false
    /// Where the file names each parameter.
    let marks: [String: SourceMark]

    package static let keys = [
        "schemaVersion", "name", "experiment", "train", "features", "data", "strategy", "objective", "objectives",
        "folds", "parameters", "constraints", "sampler", "pruner", "seed",
    ]

    /// - Parameters:
    ///   - path: the file, or a directory with a `search.yaml`.
    ///   - pruner: the kind in place of the file's; where it is the same, the file's options stay.
    package init(
        _ path: String, overrides: [(String, JSONValue)] = [], sampler: String? = nil, pruner: String? = nil,
        seed: Int? = nil
    ) throws {
        let path = Paths.isDirectory(path) ? Paths.join(path, "search.yaml") : path
        self.path = path
        var node = try YAMLFile.read(path)
        for (key, value) in overrides { try SearchRecipe.set(key, to: value, in: &node) }
        if let sampler { node[key: "sampler"] = .string(sampler) }
        if let pruner, node[path: "pruner.kind"]?.stringValue != pruner { node[key: "pruner"] = .string(pruner) }
        if let seed { node[key: "seed"] = .int(seed) }
        let reader = try ConfigReader(node, keys: SearchRecipe.keys)
        try reader.checkSchemaVersion(1)
        let directory = Paths.parent(path)
        func file(_ text: String) -> String { Paths.normalized(Paths.join(directory, text)) }
        name = try reader.string("name")
        experiment = try reader.string("experiment", default: name)
        config = file(try reader.string("train"))
        features = reader.value("features")?.stringValue.map(file)
        data = reader.value("data")?.stringValue.map(file)
        strategy = reader.value("strategy")?.stringValue.map(file)
        let parameters = try reader.required("parameters")
        marks = Dictionary(
            (parameters.mapValue ?? []).compactMap { entry in
                (entry.keyMark ?? entry.value.mark).map { (entry.key, $0) }
            }, uniquingKeysWith: { $1 })
        space = try SearchSpace(parameters: parameters, constraints: try reader.list("constraints"))
        self.sampler = try reader.string("sampler", default: TPESampler.kind)
        self.pruner = reader.value("pruner") ?? .string(NoPruner.kind)
        self.seed = try reader.int("seed", default: 1, in: 0...Int.max)
        folds = try reader.value("folds").map { try Folds($0) }
        base = try Base(config)
        objectives = try SearchRecipe.objectives(reader, of: base)
        try checkBase(node)
        try checkObjectives(node)
    }

    /// Sets an option of the file. Names of parameters have dots of their own: `parameters.training.batchSize.choice`
    /// is the option `choice` of the parameter that is called `training.batchSize`, and a map under a name that no
    /// parameter has is a new parameter.
    private static func set(_ path: String, to value: JSONValue, in node: inout JSONValue) throws {
        let section = "parameters."
        guard path.hasPrefix(section), var parameters = node[key: "parameters"], let entries = parameters.mapValue
        else {
            return try node.set(path: path, to: value)
        }
        let rest = String(path.dropFirst(section.count))
        let known = entries.map(\.key).filter { rest == $0 || rest.hasPrefix($0 + ".") }
        if let name = known.max(by: { $0.count < $1.count }), name != rest {
            var parameter = parameters[key: name] ?? .map([(String, JSONValue)]())
            try parameter.set(path: String(rest.dropFirst(name.count + 1)), to: value)
            parameters[key: name] = parameter
        } else {
            guard known.contains(rest) || value.mapValue != nil else {
                throw ConfigError(
                    "found no parameter for '\(path)'", at: node[key: "parameters"]?.mark,
                    hint: NearestName.of(rest, in: entries.map(\.key)).map { "did you mean 'parameters.\($0)'?" }
                        ?? "the search has \(entries.map(\.key).joined(separator: ", "))")
            }
            parameters[key: rest] = value
        }
        node[key: "parameters"] = parameters
    }

    /// What a point sets in the training configuration, and the samples that all points keep to.
    func overrides(_ point: Point) -> [(String, JSONValue)] {
        space.assignments(point) + (common.map { [(CommonSamples.option, .int($0.longestWindow))] } ?? [])
    }

    /// Reads `objective` or `objectives`.
    private static func objectives(_ reader: ConfigReader, of base: Base) throws -> [Objective] {
        guard reader.has("objective") != reader.has("objectives") else {
            throw ConfigError(
                "expected exactly one of 'objective' and 'objectives'", at: reader.node.mark,
                hint: "write objective: {metric: loss}")
        }
        let list = try reader.has("objectives") ? reader.list("objectives") : [try reader.required("objective")]
        guard !list.isEmpty else { throw ConfigError("found no objective", at: reader.node.mark) }
        let kinds = SearchObjectives.kinds(base)
        return try list.map { node in
            let reader = try ConfigReader(node, path: "objective", keys: ["metric", "direction"])
            let metric = try reader.string("metric")
            let kind = try kinds.find(metric, at: reader.value("metric")?.mark)
            return Objective(
                metric: metric,
                direction: try reader.choice("direction", default: kind.prefersLess ? .minimize : .maximize))
        }
    }

    /// What is trained has the data that it needs, and no section that is for something else.
    private func checkBase(_ node: JSONValue) throws {
        switch base {
        case .supervised(let recipe):
            guard features != nil else {
                throw ConfigError(
                    "found no 'features' to train '\(recipe.name)' on", at: node.mark, hint: "name the feature table")
            }
        case .agent:
            guard folds == nil, strategy == nil else {
                throw ConfigError(
                    "found folds or a strategy for an agent", at: (node[key: "folds"] ?? node[key: "strategy"])?.mark,
                    hint: "agents are measured by what their task pays")
            }
        }
    }

    /// Objectives have what they are computed from, and a pruner has reports to compare.
    private func checkObjectives(_ node: JSONValue) throws {
        let kinds = SearchObjectives.kinds(base)
        if strategy == nil, let traded = objectives.first(where: { kinds[$0.metric]?.needsStrategy == true }) {
            throw ConfigError(
                "found the objective '\(traded.metric)' without a 'strategy'", at: node.mark,
                hint: "name the strategy file whose rule and costs decide the returns")
        }
        let isReported = objectives.count == 1 && kinds[objectives[0].metric]?.isReported == true
        if (pruner.stringValue ?? pruner[key: "kind"]?.stringValue) != NoPruner.kind, folds == nil, !isReported {
            let reported = kinds.entries.filter(\.value.isReported).map(\.name)
            throw ConfigError(
                "found a pruner with an objective that has no value after an epoch", at: pruner.mark,
                hint: "use one objective out of \(reported.joined(separator: ", ")), or folds, or pruner: none")
        }
    }

    /// The most reports of a trial: epochs, or folds.
    package var maximumSteps: Int {
        switch base {
        case .supervised(let recipe): folds?.count ?? recipe.training.epochs
        case .agent(let recipe): EvaluateAgentTrial.reports(recipe)
        }
    }

    /// What trials are trained on, as lineage names it.
    func dataNode(_ session: Session) throws -> LineageNode {
        if let features { return try BuildFeatures.featuresNode(features, session: session) }
        if let data { return try DataIdentity(data, session: session).node }
        guard case .agent(let recipe) = base else { throw Failure("search.no-features", "found no feature table") }
        return TrainAgent.taskNode(recipe)
    }

    /// Everything that decides what a trial's number means; two searches share a study only where it is equal.
    func definition(features: String) throws -> JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "space": space.json, "config": .string(Digest.sha256(base.node.text(.canonical))),
            "features": .string(features),
            "strategy": .string(try strategy.map(StrategyFile.digest)),
            "objectives": .list(
                objectives.map { .map(["metric": .string($0.metric), "direction": .string($0.direction.rawValue)]) }),
            "folds": folds?.json ?? .null,
        ])
        // Studies over one window have none, as those of earlier versions.
        if let common { node[key: "common"] = common.json }
        if tradesByDesk { node[key: "tradedBy"] = .string("desk") }
        return node
    }
}
