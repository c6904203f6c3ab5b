import Basics

/// What a searcher hands to a worker: one point to train and how to measure it.
struct TrialRequest: Sendable {
    var number: Int
    var config: String
    var assignments: [(String, JSONValue)]
    var features: String?
    /// Recorded order books that an agent learns in.
    var data: String?
    var strategy: String?
    /// Raw bars on which the desk trades the strategy, as ``TrialBars`` writes them; nil for an estimate.
    var bars: String?
    var metrics: [String]
    var folds: SearchRecipe.Folds?
    var threads: Int
    /// Whether reports are waited for.
    var isPruned: Bool

    var json: JSONValue {
        .map([
            "number": .int(number), "config": .string(config), "assignments": .map(assignments),
            "features": .string(features), "data": .string(data), "strategy": .string(strategy),
            "bars": .string(bars), "metrics": .strings(metrics), "folds": folds?.json ?? .null,
            "threads": .int(threads),
            "pruned": .bool(isPruned),
        ])
    }

    init(
        number: Int, config: String, assignments: [(String, JSONValue)], features: String?, data: String?,
        strategy: String?, bars: String? = nil, metrics: [String], folds: SearchRecipe.Folds?,
        threads: Int, isPruned: Bool
    ) {
        self.bars = bars
        (self.number, self.config, self.assignments, self.features, self.data, self.strategy) = (
            number, config, assignments, features, data, strategy
        )
        (self.metrics, self.folds, self.threads, self.isPruned) = (metrics, folds, threads, isPruned)
    }

    init(_ node: JSONValue) throws {
        guard let number = node[key: "number"]?.intValue, let config = node[key: "config"]?.stringValue,
            let assignments = node[key: "assignments"]?.mapValue,
            let threads = node[key: "threads"]?.intValue
        else {
            throw Failure(
                "search.request", "found no trial in the request", hint: "workers are started by hftml search")
        }
        let folds = try node[key: "folds"].flatMap { $0.isNull ? nil : try SearchRecipe.Folds($0) }
        self.init(
            number: number, config: config, assignments: assignments.map { ($0.key, $0.value) },
            features: node[key: "features"]?.stringValue,
            data: node[key: "data"]?.stringValue, strategy: node[key: "strategy"]?.stringValue,
            bars: node[key: "bars"]?.stringValue,
            metrics: node[key: "metrics"]?.listValue?.compactMap(\.stringValue) ?? [], folds: folds, threads: threads,
            isPruned: node[key: "pruned"]?.boolValue ?? false)
    }
}

/// What comes back.
struct TrialResult: Sendable {
    enum Outcome: String, Sendable {
        case complete, pruned, failed, interrupted
    }

    /// Of a trial whose strategy found nothing to trade: not evaluated, which is no mistake.
    static let neverTraded = "its strategy never traded on the validation span"

    var outcome: Outcome
    var objectives: [Double] = []
    /// Named values, and histories by epoch or fold.
    var metrics: [(name: String, step: Int, value: Double)] = []
    /// After-cost returns of equal stretches of the validation span.
    var returns: [Double] = []
    var message: String?

    init(_ outcome: Outcome, message: String? = nil) {
        self.outcome = outcome
        self.message = message
    }

    var json: JSONValue {
        .map([
            "outcome": .string(outcome.rawValue), "objectives": .doubles(objectives), "returns": .doubles(returns),
            "message": .string(message),
            "metrics": .list(metrics.map { .list([.string($0.name), .int($0.step), .double($0.value)]) }),
        ])
    }

    init?(_ node: JSONValue) {
        guard let outcome = node[key: "outcome"]?.stringValue.flatMap(Outcome.init) else { return nil }
        self.outcome = outcome
        objectives = node[key: "objectives"]?.listValue?.compactMap(\.doubleValue) ?? []
        returns = node[key: "returns"]?.listValue?.compactMap(\.doubleValue) ?? []
        message = node[key: "message"]?.stringValue
        metrics = (node[key: "metrics"]?.listValue ?? []).compactMap { row in
            guard let row = row.listValue, row.count == 3, let name = row[0].stringValue, let step = row[1].intValue,
                let value = row[2].doubleValue
            else { return nil }
            return (name, step, value)
        }
    }
}

/// One line from a worker.
enum TrialEvent: Sendable {
    case report(number: Int, step: Int, value: Double)
    case result(number: Int, TrialResult)

    var line: String {
        switch self {
        case .report(let number, let step, let value):
            JSONValue.map([
                "number": .int(number), "step": .int(step), "value": value.isFinite ? .double(value) : .null,
            ]).text(.compact)
        case .result(let number, let result):
            JSONValue.map(["number": .int(number), "result": result.json]).text(.compact)
        }
    }

    init?(_ line: some StringProtocol) {
        guard let node = try? JSONParser.parse(String(line)), let number = node[key: "number"]?.intValue else {
            return nil
        }
        if let result = node[key: "result"].flatMap(TrialResult.init) {
            self = .result(number: number, result)
        } else if let step = node[key: "step"]?.intValue {
            self = .report(number: number, step: step, value: node[key: "value"]?.doubleValue ?? .nan)
        } else {
            return nil
        }
    }
}
