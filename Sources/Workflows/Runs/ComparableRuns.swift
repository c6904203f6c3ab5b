import Basics
import Registry

/// Numbers of different samples, labels or strategies never stand in one order.
enum ComparableRuns {
    /// Measures that a strategy's trades make.
    static let money: Set<String> = [
        "return", "drawdown", "turnover", "trades", "hit_rate", "trade_bps", "sharpe_daily", "sharpe_daily_se",
        "sharpe_annual", "psr", "always_long_return",
    ]

    /// Measures that a search, a cross-validation or an agent made by its own rules: on other data, or in another
    /// study, the same name means another number.
    private static let ownWork = ["objective.", "trial.", "path.", "paths.", "selection."]

    /// The evaluation that a metric is of, and what else decides what the number means; nil for a metric that somebody
    /// logged under a name of their own.
    static func meaning(of metric: String) -> (role: EvaluationRecord.Role, by: RegistryDatabase.Decider)? {
        for (prefix, role) in [("test.", EvaluationRecord.Role.test), ("baseline.", .test)] {
            guard metric.hasPrefix(prefix) else { continue }
            return (role, money.contains(String(metric.dropFirst(prefix.count))) ? .evaluation : .nothing)
        }
        for prefix in ["val.", "best.val."] where metric.hasPrefix(prefix) {
            let name = String(metric.dropFirst(prefix.count))
            // Money on a validation span is measured by a search, whose strategy the validation does not have.
            if money.contains(name) || name == "period_return" { return (.validation, .work) }
            return (.validation, name == "loss" ? .evaluation : .nothing)
        }
        return ownWork.contains { metric.hasPrefix($0) } ? (.validation, .work) : nil
    }

    /// Clauses of the filter for samples and a strategy by their first digits.
    ///
    /// - Throws: ``Failure`` with code `runs.no-samples`.
    static func clauses(samples: String?, strategy: String?, registry: RegistryDatabase) throws -> [String] {
        func digits(_ text: String) throws -> String {
            guard text.count >= 4, text.allSatisfy(\.isHexDigit) else {
                throw Failure(
                    "runs.no-samples", "found '\(text)', expected four or more digits of an identity",
                    hint: "see them with: hftml runs show latest", exitStatus: .usage)
            }
            return text.lowercased()
        }
        var out: [String] = []
        if let samples {
            let prefix = try digits(samples)
            let roles = try [EvaluationRecord.Role.test, .validation].filter {
                try registry.hasSamples(prefix, role: $0)
            }
            guard let role = roles.first else {
                throw Failure(
                    "runs.no-samples", "found no run that was measured on samples '\(samples)'",
                    hint: "see them with: hftml runs list --json")
            }
            out.append("attributes.\(role == .test ? "samples" : "validation_samples") LIKE '\(prefix)%'")
        }
        if let strategy { out.append("attributes.strategy LIKE '\(try digits(strategy))%'") }
        return out
    }

    /// - Throws: ``Failure`` with code `runs.samples` where a metric of the order or the filter was measured on
    ///   different samples, or in money by different strategies.
    static func require(
        _ filter: FilterExpression, order: [OrderTerm], experiments: [String]?, stage: LifeStage,
        registry: RegistryDatabase
    ) throws {
        let keys =
            order.filter { $0.entity == .metric }.map(\.key)
            + filter.clauses.filter { $0.entity == .metric }.map(\.key)
        for key in Set(keys).sorted() {
            guard let (role, decider) = meaning(of: key) else { continue }
            let groups = try registry.sampleGroups(
                filter, experiments: experiments, stage: stage, metric: key, role: role, by: decider)
            guard groups.count > 1, let first = groups.first else { continue }
            let texts = groups.prefix(4).map { group in
                let samples = group.sampleSet.map { "samples \($0.prefix(8))" } ?? "unknown samples"
                let strategy =
                    group.strategy.map { ", \(word(decider, role)) \($0.prefix(decider == .work ? 24 : 8))" } ?? ""
                return "\(group.runs) on \(samples)\(strategy)"
            }
            let more = groups.count > 4 ? ", and \(groups.count - 4) more groups" : ""
            let isStrategy = Set(groups.map { $0.sampleSet ?? $0.data }).count == 1
            let kind = !isStrategy ? "samples" : decider == .work ? "studies or strategies" : "strategies"
            let choice =
                isStrategy
                ? first.strategy.map { "--strategy \($0.prefix(8))" }
                : first.sampleSet.map { "--samples \($0.prefix(8))" }
            throw Failure(
                "runs.samples",
                "found '\(key)' measured on different \(kind), which make no one order: "
                    + "\(texts.joined(separator: "; "))\(more)",
                hint: isStrategy && decider == .work
                    ? "choose one: hftml runs list --experiment NAME …"
                    : isStrategy && role == .validation
                        ? "choose one loss: --where \"params.`training.loss` = '…'\""
                        : choice.map { "choose one: hftml runs list \($0) …" }
                            ?? "choose one table: --where \"attributes.data_digest = '…'\"", exitStatus: .usage)
        }
    }

    private static func word(_ decider: RegistryDatabase.Decider, _ role: EvaluationRecord.Role) -> String {
        decider == .work ? "by" : role == .test ? "strategy" : "loss"
    }
}
