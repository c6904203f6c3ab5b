import Basics
import Deployment
import Promotion
import Registry
import Trading

/// What an environment's document asks of a verdict beyond the rules of its policy.
struct EnvironmentGate {
    let files: EnvironmentFiles
    let document: AuthorityEnvelope
    /// What runs there; nil where nothing does.
    let incumbent: Incumbent?
    /// Where the log stood before anything else was read: what comes on record while the gate works was not weighed.
    let position: Verdict.LogPosition?

    var authority: EnvironmentAuthority { document.authority }
    var policyName: String { authority.policy.name }

    /// - Throws: ``Failure`` with code `authority.…` where no document counts now.
    init(_ name: String, session: Session) throws {
        files = try EnvironmentFiles(name, session: session)
        let registry = try session.registry(), record = try DocumentsOnRecord(registry)
        try record.requireGoverning(files, session: session)
        try CollectReceipts.run(files, session: session)
        try CollectReceipts.others(of: files, session: session)
        position = try registry.auditTip().map { Verdict.LogPosition(sequence: $0.sequence, hash: $0.hash) }
        // A key that was revoked here counts no more, before the next document tells the hosts.
        document = try files.newest(at: session.clock.now()).revoking(
            try ManageKeys.revocations(session))
        try document.requireCurrent(at: session.clock.now())
        try record.requireNewest(document.authority.counter, of: files)
        try ActingIdentity.require(document.authority, session: session)
        files.tellUnpinned(session: session)
        incumbent = try Incumbent.inForce(files, session: session)
    }

    /// The policy, whose text must be the one that was signed.
    ///
    /// - Throws: ``Failure`` with code `gate.policy-changed`, `gate.no-policy`.
    func policy(session: Session) throws -> GatePolicy {
        let policy: GatePolicy
        do { policy = try EnvironmentPolicy.read(policyName, session: session) } catch let error as ConfigError {
            throw Failure(
                "gate.policy-changed",
                "found the policy '\(policyName)' changed since document \(authority.counter) of '\(files.name)' was "
                    + "signed, and unreadable: \(error.message)",
                hint: "bring its text back: git checkout -- Registry/gates; or mend it and sign the next document: "
                    + "hftml environments sign \(files.name) --as KEY", exitStatus: .refused)
        }
        guard policy.digest == authority.policy.digest else {
            throw Failure(
                "gate.policy-changed",
                "found the policy '\(policyName)' changed since document \(authority.counter) of '\(files.name)' was "
                    + "signed",
                hint: "bring its text back, or sign the next document: hftml environments sign \(files.name) --as KEY",
                exitStatus: .refused)
        }
        return policy
    }

    /// Why what runs cannot be compared with; nil where it can, or where nothing runs.
    var incumbentObjection: String? {
        guard let incumbent, incumbent.version == nil else { return nil }
        return "\(incumbent.reference), which is in force in '\(files.name)', is not in this registry"
    }

    /// Lines of the report that no waiver reaches.
    func items(strategy path: String, takenBack: TakenBack?, at time: Nanoseconds) throws -> [CheckReport.Item] {
        let costs = try StrategyFile.costs(path), limits = try StrategyFile.limits(path)
        let wide = limits.excesses(over: authority.limits), floor = authority.minimumCostBps
        let freeze = authority.freeze(at: time)
        func item(_ name: String, _ holds: Bool, _ reason: String, evidence: [String] = []) -> CheckReport.Item {
            CheckReport.Item(name: name, status: holds ? .passed : .failed, reason: reason, evidence: evidence)
        }
        let told = takenBack.map {
            item("environment-rollback", true, "\($0.text); what was signed for these weights before counts no more")
        }
        return [told].compactMap(\.self) + [
            item(
                "environment-costs", costs >= floor,
                "the strategy reckons with \(rounded(costs)) bps a round trip, '\(authority.name)' asks for "
                    + "\(rounded(floor)) at least"),
            item(
                "environment-limits", wide.isEmpty,
                wide.isEmpty
                    ? "the strategy's limits are inside those of '\(authority.name)'"
                    : "found limits beyond those of '\(authority.name)'", evidence: wide),
            item(
                "environment-freeze", freeze == nil,
                freeze.map {
                    "promotions are frozen until \(TimeText.seconds($0.to))\($0.reason.isEmpty ? "" : ": \($0.reason)")"
                } ?? FreezeWindows.free(at: time, of: authority.freezes.count, "freeze")),
        ]
    }
}
