import Basics
import ModelBundles
import Promotion
import Registry

/// Versions that an approval of a person would help.
extension Inbox {
    /// What is said of one version.
    private struct Asked {
        let version: VersionRecord
        let recorded: RecordedDecision
        let policy: GatePolicy
        /// As people of the project say it.
        let policyPath: String
        /// Whether the policy says otherwise by now than when the verdict was given.
        var isChanged: Bool { policy.digest != recorded.decision.policyDigest }
    }

    /// Versions whose newest verdict under some policy lacks approvals that a key of the person can give, and has not
    /// given. Another verdict under another policy, for another environment, hides nothing. Where the policy was
    /// changed since, what was approved is missing again, which nobody should learn from the next gate alone.
    static func approvals(
        _ name: String, _ places: SigningPlaces, _ problems: inout [String], session: Session
    ) throws -> [InboxItem] {
        let registry = try session.registry()
        var items: [InboxItem] = []
        for version in try registry.versions() {
            let decisions = try registry.decisions(for: version), judged = Set(decisions.map(\.policyDigest))
            var seen: Set<String> = [], changed: Set<String> = []
            for decision in decisions where seen.insert(decision.policyDigest).inserted {
                let alike = decisions.filter { $0.policyDigest == decision.policyDigest }
                guard let asked = asked(version, alike, places, &problems, session: session) else { continue }
                if asked.isChanged {
                    guard !judged.contains(asked.policy.digest), changed.insert(asked.policyPath).inserted else {
                        continue
                    }
                }
                if let item = try approval(name, asked, places, session: session) { items.append(item) }
            }
        }
        return items
    }

    /// A verdict with its policy as it is now; nil where either is not to be had. Of several under one text it is the
    /// newest that counts in an environment: what somebody rehearsed since says nothing there.
    private static func asked(
        _ version: VersionRecord, _ alike: [GateDecisionRecord], _ places: SigningPlaces,
        _ problems: inout [String], session: Session
    ) -> Asked? {
        guard let newest = alike.first else { return nil }
        let there = places.concerned(by: newest.policy, newest.policyDigest).compactMap(\.environment)
        let decision =
            alike.first { verdict in there.contains { places.objection(to: verdict, in: $0) == nil } } ?? newest
        let recorded: RecordedDecision
        do { recorded = try RecordedDecision(decision) } catch {
            problems.append((error as? any UserFacingError)?.message ?? "\(error)")
            return nil
        }
        guard let basis = recorded.basis else { return nil }
        let path = Paths.join(session.root, basis.policyPath)
        guard Paths.exists(path) else { return nil }
        do {
            return Asked(
                version: version, recorded: recorded, policy: try GateModel.policy(path, session: session),
                policyPath: session.shown(path))
        } catch {
            problems.append("\(version.reference): \((error as? any UserFacingError)?.message ?? "\(error)")")
            return nil
        }
    }

    private static func approval(
        _ name: String, _ asked: Asked, _ places: SigningPlaces, session: Session
    ) throws -> InboxItem? {
        let version = asked.version, policy = asked.policy
        let people = try PeopleOf(
            version, places: places, strategy: asked.recorded.basis?.strategy, session: session)
        // What nobody approved is not missing again.
        if asked.isChanged, !people.isApproved(underAnotherTextOf: policy) { return nil }
        for (place, standing) in try people.standings(under: policy) {
            if asked.isChanged, !waitsAgain(version, policy, in: place.environment, places, session: session) {
                continue
            }
            // Nobody wants it before the gate has judged it again since it was rolled back.
            if let back = standing.takenBack, asked.recorded.decision.decidedAt <= back.time { continue }
            let noes = policy.rejections(standing)
            if !noes.isEmpty {
                let isAsked = wanted(name, version, policy, place, standing) != nil
                if !asked.isChanged,
                    let item = rejected(
                        noes, name, isAsked: isAsked, asked.recorded, policy: asked.policyPath, in: place)
                {
                    return item
                }
                continue
            }
            guard let (state, key) = wanted(name, version, policy, place, standing) else { continue }
            let objection = places.objection(to: asked.recorded.decision, in: place.environment)
            return item(
                asked, state, signer: key.name, environment: place.environment, takenBack: standing.takenBack,
                objection: objection)
        }
        return nil
    }

    /// Whether a version that was approved under an earlier text of a policy is on its way still: the place asks for
    /// the text of now, and neither these weights nor a later version of the model are in force there.
    private static func waitsAgain(
        _ version: VersionRecord, _ policy: GatePolicy, in environment: String?, _ places: SigningPlaces,
        session: Session
    ) -> Bool {
        guard let environment else { return true }
        guard places.asks(environment, for: policy.digest) else { return false }
        guard let files = try? EnvironmentFiles.made(environment, session: session),
            let running = try? Incumbent.inForce(files, session: session)
        else { return true }
        if running.weights == version.weights { return false }
        return running.version.map { $0.model != version.model || $0.version < version.version } ?? true
    }

    /// A rule that lacks an approval which this person can give in a place, and the key that can.
    private static func wanted(
        _ name: String, _ version: VersionRecord, _ policy: GatePolicy, _ place: CountingPeople,
        _ standing: GatePolicy.Signatures
    ) -> (ApprovalState, PublicKey)? {
        let keys = place.keys.keys.filter {
            ($0.name == name || $0.person == name) && $0.objection(at: standing.now) == nil
        }
        for state in policy.approvals(standing) where !state.holds {
            let useful = keys.first { key in
                state.objection(to: key, authors: standing.authors) == nil
                    && !standing.statements.contains {
                        $0.key.person == key.person && $0.statement.kind != .waiver && !$0.isElsewhere
                            && $0.statement.weights == version.weights
                            && $0.statement.policyDigest == policy.digest
                            && ($0.statement.kind == .rejection
                                || $0.statement.signedAt > standing.takenBack?.time ?? .min)
                    }
            }
            if let useful { return (state, useful) }
        }
        return nil
    }

    /// - Parameter objection: why the verdict does not count there. The page before an approval is drawn by one that
    ///   does, so the gate comes first.
    private static func item(
        _ asked: Asked, _ state: ApprovalState, signer: String, environment: String?, takenBack: TakenBack?,
        objection: String?
    ) -> InboxItem {
        let reference = asked.version.reference, policy = asked.recorded.decision.policy
        let left = max(1, state.count - state.approvers.count)
        let others = asked.recorded.report.items.filter { $0.status == .failed }.map(\.name)
            .filter { !$0.hasPrefix(Approvals.name) }
        let rest = others.isEmpty ? "" : "; it also failed \(others.joined(separator: ", "))"
        let place = environment.map { " in '\($0)'" } ?? ""
        var what = "\(left) of \(state.count) approvals missing"
        if asked.isChanged {
            what +=
                " again under '\(policy)'\(place): what was approved is about an earlier text of the policy, and so is "
                + "the verdict"
        } else if let objection {
            what += " under '\(policy)'\(place), and the verdict does not count there: \(objection)"
        } else {
            what += " under '\(policy)'\(place)\(rest)"
        }
        what += takenBack.map { "; \($0.text)" } ?? ""
        let approve =
            "hftml approve \(reference) "
            + (environment.map { "--for \(word($0))" } ?? "--policy \(word(asked.policyPath))")
            + " --as \(word(signer))"
        guard let environment, objection != nil else {
            return InboxItem(kind: .approval, subject: reference, what: what, next: approve, due: nil)
        }
        return InboxItem(
            kind: .approval, subject: reference, what: what + "; the gate comes first",
            next: "hftml gate \(reference) --for \(word(environment)) --key KEY --features FILE --strategy FILE",
            due: nil)
    }
}
