import Basics
import Deployment
import ModelBundles
import Trading

extension Surface {
    private static func envelope(_ type: String, _ payload: String) throws -> Envelope {
        try Envelope(payloadType: type, payload: payload, signer: TinyModel.key)
    }

    private static let order = DeploymentOrder(
        environment: "live", authority: (3, "a"), counter: 7, action: .rollback, manifest: "m", verdict: "v",
        limits: "l", share: 0.25, time: 1, expiresAt: 2, person: "anna", reason: "losses"
    ).payload

    private static let verdict = Verdict(
        subject: "tiny/1", weights: "w", isPassed: true, environment: "live", authority: "a", policy: ("p", "d"),
        strategy: "s", limits: "l", features: "f", incumbent: ("tiny/0", "w0"), evidence: [("report", "r")],
        trials: Verdict.Trials(runs: 3, strategies: 2), log: Verdict.LogPosition(sequence: 5, hash: "h"), time: 9
    ).payload

    private static let document: String =
        (try? EnvironmentAuthority(
            name: "live", counter: 2, createdAt: 0, expiresAt: 86_400_000_000_000,
            root: RootKeys(threshold: 1, keys: [TinyModel.key.publicKey]), keys: [TinyModel.key.publicKey],
            policy: ("p", "d"), minimumCostBps: 1, limits: RiskLimits(),
            freezes: [EnvironmentAuthority.Freeze(from: 1, to: 2, reason: "x")],
            canary: EnvironmentAuthority.Canary(hours: 1, share: 0.2)
        ).json.text(.canonical)) ?? ""

    private static let receipt = Receipt(
        environment: "live", outcome: .installed, bundle: "b", counter: 4, name: "tiny", version: 1, time: 5)

    private static let withdrawal = Withdrawal(
        environment: "live", counter: 4, bundle: "b", time: 5, person: "anna", reason: "too early", host: "h"
    ).payload

    private static let runs: RunMemory = {
        var runs = RunMemory()
        runs.note(1, at: 5, halts: HaltMemory())
        runs.note(2, at: 9, halts: HaltMemory())
        return runs
    }()

    private static let health: String = {
        var report = HealthReport(
            bundle: "b", bars: 10, predictions: 8, undefined: 0, submitted: 3, denied: 1, filled: 2, profit: 1.5,
            p99Ns: 900, isHalted: false, time: 7)
        (report.environment, report.counter, report.runs) = ("live", 2, runs.runs)
        return report.json.text(.compact)
    }()

    private static let history = RevisionHistory([
        RevisionHistory.Revision(
            counter: 1, action: .promote, bundle: "b", manifest: "m", weights: "w", strategy: "s", share: 0.2, time: 3),
        RevisionHistory.Revision(
            counter: 2, action: .rollback, bundle: "c", manifest: "n", weights: "x", strategy: "s", share: 1, time: 4),
    ])

    /// What is signed, as whoever signs it may have written it; and what a host remembers.
    static let statements: [Surface] = [
        Surface("order", [order]) { _ = try DeploymentOrder(envelope(DeploymentOrder.payloadType, $0)).payload },
        Surface("verdict", [verdict]) { _ = try Verdict(envelope(Verdict.payloadType, $0)).payload },
        Surface("authority", [document]) {
            let link = try AuthorityEnvelope(envelope(EnvironmentAuthority.payloadType, $0).text)
            let pin = RootPin(environment: "live", root: link.authority.root)
            _ = try AuthorityEnvelope.newest([link], pin: pin, accepted: nil, at: .max).requireCurrent(at: 2)
        },
        Surface("envelope", [(try? receipt.signed(by: TinyModel.key).text) ?? ""]) {
            _ = try Receipt.read(Array($0.utf8), hosts: [TinyModel.key.publicKey], in: "r.json").receipt.json
        },
        Surface("withdrawal", [withdrawal]) { _ = try Withdrawal(envelope(Withdrawal.payloadType, $0)).payload },
        Surface("health", [health]) {
            let text = try envelope(HealthReport.payloadType, $0).text
            let signed = try HealthReport.read(
                Array(text.utf8), hosts: [TinyModel.key.publicKey], environment: "live", at: 2, in: "health.json")
            let rule = try HealthRule(.map(["minimumBars": .int(1)]))
            _ = rule.evaluate(signed.report, bundle: "b")
            _ = CanaryHours.longest(
                [CanaryHours.Step(counter: 2, isRollback: false, isAsked: true)], runs: signed.runs, until: .max)
        },
        Surface("runs", [runs.json.text(.compact)]) {
            var memory = try RunMemory(try JSONParser.parse($0))
            memory.note(3, at: .max, halts: HaltMemory())
            _ = memory.json
        },
        Surface("clock", [ClockMemory(seen: 9).json.text(.compact)]) {
            _ = try ClockMemory(try JSONParser.parse($0)).json
        },
        Surface("history", [history.json.text(.compact)]) {
            let history = try RevisionHistory(try JSONParser.parse($0))
            _ = history.hasPassed(.init(hours: 1e5, share: 0.5), weights: "w", strategy: "s", at: .max)
            _ = try history.rollbackTarget()
        },
    ]
}
