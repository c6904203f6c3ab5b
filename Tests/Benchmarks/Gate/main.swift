// Error rates of a whole policy on made markets, in process: the same features, desk, statistics and rules as the gate
// has them; the network is replaced by least squares, and what is no statistic (people, lineage, card, the program's
// own rehearsal) counts as given.
//
//     gate-benchmark POLICY.yaml,… [cases=200] [days=20,60,250] [scenario=single,strategies,features] [edge=0,1,2]
//                    [cost=1] [seed=1] [brief]
//     gate-benchmark POLICY.yaml daily [skill=0] [shared=0.65] …
//
// `daily` knows daily returns alone, see DailyCase. `brief` asks the rules that cost most only where all others hold:
// fails by rule are then no full count.
import Backtesting
import Basics
import ConfigurationFiles
import Foundation
import Promotion

let words = Array(CommandLine.arguments.dropFirst())
func option(_ name: String, _ fallback: String) -> [String] {
    let word = words.first { $0.hasPrefix("\(name)=") }
    return (word.map { String($0.dropFirst(name.count + 1)) } ?? fallback).split(separator: ",").map(String.init)
}
guard let paths = words.first?.split(separator: ",").map(String.init), paths.allSatisfy(Paths.exists) else {
    FileHandle.standardError.write(Data("usage: gate-benchmark POLICY.yaml,… [cases=200] [days=20,60,250] …\n".utf8))
    exit(64)
}
/// A policy, and the same without what costs most, for cases that are refused anyway.
let policies = try paths.map { path in
    let node = try YAMLFile.read(path)
    let cheap = (node[key: "rules"]?.listValue ?? []).filter {
        !["beats-baseline", "superior"].contains($0.stringValue ?? $0[key: "rule"]?.stringValue ?? "")
    }
    return (
        name: Paths.name(path), all: try GatePolicy(node, name: Paths.name(path)),
        quick: try GatePolicy(.map(["rules": .list(cheap)]), name: "quick")
    )
}
let isBrief = words.contains("brief")
/// What is measured here; the others count as given.
let statistical: Set<String> = [
    "metric", "beats-baseline", "after-costs", "deflated-sharpe", "track-record", "superior", "survives-delay",
    "power",
]
let cases = Int(option("cases", "200")[0]) ?? 200, seed = UInt64(option("seed", "1")[0]) ?? 1
let cost = Double(option("cost", "1")[0]) ?? 1

/// The interval of Clopper & Pearson at 95 %, by bisection of the binomial distribution.
func interval(_ k: Int, of n: Int) -> (Double, Double) {
    func atMost(_ k: Int, _ p: Double) -> Double {
        guard k >= 0 else { return 0 }
        guard p > 0 else { return 1 }
        guard p < 1 else { return k >= n ? 1 : 0 }
        var sum = 0.0
        for i in 0...k {
            let choose = lgamma(Double(n + 1)) - lgamma(Double(i + 1)) - lgamma(Double(n - i + 1))
            let logarithm: Double = choose + Double(i) * log(p) + Double(n - i) * log(1 - p)
            sum += exp(logarithm)
        }
        return sum
    }
    func root(_ isLow: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if isLow(middle) { low = middle } else { high = middle }
        }
        return low
    }
    return (
        k == 0 ? 0 : root { 1 - atMost(k - 1, $0) < 0.025 }, k == n ? 1 : root { atMost(k, $0) > 0.025 }
    )
}

func failures(_ policy: GatePolicy, _ evidence: GateEvidence) -> [CheckReport.Item] {
    policy.evaluate(evidence).items.filter { item in
        let kind = item.values[key: "rule"]?.stringValue ?? item.name
        return item.status == .failed && statistical.contains(kind)
    }
}

let head =
    "| policy | days | scenario | edge bps | cost bps | true daily Sharpe | passed of \(cases) | 95 % interval "
    + "| brought Sharpe | likeness | fails by rule | s a case |\n|---|---|---|---|---|---|---|---|---|---|---|---|"

/// Daily returns alone: rates for stated true ratios.
func daily(_ days: Int, _ scenario: Scenario, skill: Double) {
    var passed = policies.map { _ in 0 }, fails = policies.map { _ in [String: Int]() }
    for number in 0..<cases {
        let one = DailyCase(
            scenario, days: days, skill: skill, shared: option("shared", "").first.flatMap { Double($0) },
            seed: seed &* 1_000_003 &+ UInt64(number) &* 7919 &+ UInt64(days))
        for (index, policy) in policies.enumerated() {
            var failed = failures(policy.quick, one.evidence)
            if failed.isEmpty { failed = failures(policy.all, one.evidence).filter { $0.name != "beats-baseline" } }
            if failed.isEmpty { passed[index] += 1 }
            for item in failed { fails[index][item.name, default: 0] += 1 }
        }
    }
    for (index, policy) in policies.enumerated() {
        let (low, high) = interval(passed[index], of: cases)
        let rules = fails[index].sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print(
            "| \(policy.name) | \(days) | \(scenario.rawValue) | \(skill) | "
                + "\(percent(Double(passed[index]) / Double(cases), 1)) | \(percent(low, 1)) – \(percent(high, 1)) | "
                + "\(rules) |")
    }
    fflush(nil)
}

if words.contains("daily") {
    print(
        "| policy | days | scenario | true daily Sharpe | passed of \(cases) | 95 % interval | fails by rule |\n"
            + "|---|---|---|---|---|---|---|")
    for days in option("days", "20,60,250").compactMap({ Int($0) }) {
        for scenario in option("scenario", "single,strategies,features").compactMap(Scenario.init) {
            for skill in option("skill", "0").compactMap({ Double($0) }) { daily(days, scenario, skill: skill) }
        }
    }
    exit(0)
}
print(head)
for days in option("days", "20,60,250").compactMap({ Int($0) }) {
    for scenario in option("scenario", "single,strategies,features").compactMap(Scenario.init) {
        for edge in option("edge", "0,\(cost)").compactMap({ Double($0) }) {
            var passed = policies.map { _ in 0 }, fails = policies.map { _ in [String: Int]() }
            var brought = 0.0, likeness = 0.0, pooled: [Double] = []
            let begun = Clock.monotonic()
            for number in 0..<cases {
                let one = try GateCase(
                    scenario, days: days, edgeBps: edge, costBps: cost,
                    seed: seed &* 1_000_003 &+ UInt64(number) &* 7919 &+ UInt64(days))
                for (index, policy) in policies.enumerated() {
                    var failed = isBrief ? failures(policy.quick, one.evidence) : []
                    if failed.isEmpty { failed = failures(policy.all, one.evidence) }
                    if failed.isEmpty, one.fills >= 2, one.denied <= 0.5 { passed[index] += 1 }
                    for item in failed { fails[index][item.name, default: 0] += 1 }
                }
                brought += one.sharpe / Double(cases)
                likeness += (one.likeness ?? 1) / Double(cases)
                pooled += one.unchosen
            }
            let truth = PerformanceStatistics(pooled)
            let seconds = Double(Clock.monotonic() - begun) * 1e-9 / Double(cases)
            for (index, policy) in policies.enumerated() {
                let (low, high) = interval(passed[index], of: cases)
                let rules = fails[index].sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                print(
                    "| \(policy.name) | \(days) | \(scenario.rawValue) | \(edge) | \(cost) | "
                        + "\(rounded(truth?.sharpe ?? .nan, 3)) ± \(rounded(truth?.sharpeStandardError ?? .nan, 3)) | "
                        + "\(passed[index]) | \(percent(low, 1)) – \(percent(high, 1)) | \(rounded(brought, 2)) | "
                        + "\(rounded(likeness, 2)) | "
                        + "\(rules.joined(separator: ", ")) | \(rounded(seconds, 3)) |")
            }
            fflush(nil)
        }
    }
}
