import Basics
import Registry

/// Numbers of different samples, labels or strategies never stand in one order.
enum ComparableRuns {
    /// Measures that a strategy's trades make.
    static let money: Set<String> = [
        "return", "drawdown", "turnover", "trades", "hit_rate", "trade_bps", "sharpe_daily", "sharpe_daily_se",
        "sharpe_annual", "psr", "always_long_return",
    ]

    /// The evaluation that a metric is of, and whether its strategy decides what the number means.
    static func meaning(of metric: String) -> (role: EvaluationRecord.Role, byStrategy: Bool)? {
        for (prefix, role) in [("test.", EvaluationRecord.Role.test), ("baseline.", .test)] {
            guard metric.hasPrefix(prefix) else { continue }
            return (role, money.contains(String(metric.dropFirst(prefix.count))))
        }
        for prefix in ["val.", "best.val."] where metric.hasPrefix(prefix) {
            return (.validation, metric.hasSuffix(".loss"))
        }
        return nil
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
            guard let (role, byStrategy) = meaning(of: key) else { continue }
            let groups = try registry.sampleGroups(
                filter, experiments: experiments, stage: stage, metric: key, role: role, byStrategy: byStrategy)
            guard groups.count > 1, let first = groups.first else { continue }
            let texts = groups.prefix(4).map { group in
                let samples = group.sampleSet.map { "samples \($0.prefix(8))" } ?? "unknown samples"
                let strategy =
                    group.strategy.map { ", \(role == .test ? "strategy" : "loss") \($0.prefix(8))" } ?? ""
                return "\(group.runs) on \(samples)\(strategy)"
            }
            let more = groups.count > 4 ? ", and \(groups.count - 4) more groups" : ""
            let isStrategy = Set(groups.map(\.sampleSet)).count == 1
            let choice =
                isStrategy
                ? first.strategy.map { "--strategy \($0.prefix(8))" }
                : first.sampleSet.map { "--samples \($0.prefix(8))" }
            throw Failure(
                "runs.samples",
                "found '\(key)' measured on different \(isStrategy ? "strategies" : "samples"), which make no one "
                    + "order: \(texts.joined(separator: "; "))\(more)",
                hint: isStrategy && role == .validation
                    ? "choose one loss: --where \"params.`training.loss` = '…'\""
                    : choice.map { "choose one: hftml runs list \($0) …" }
                        ?? "choose one table: --where \"attributes.data_digest = '…'\"", exitStatus: .usage)
        }
    }
}
