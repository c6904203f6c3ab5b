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
        Surface("history", [history.json.text(.compact)]) {
            let history = try RevisionHistory(try JSONParser.parse($0))
            _ = history.hasPassed(.init(hours: 1e5, share: 0.5), weights: "w", strategy: "s")
            _ = try history.rollbackTarget()
        },
    ]
}
