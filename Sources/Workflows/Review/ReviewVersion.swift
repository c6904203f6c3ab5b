import Backtesting
package import Basics
import Deployment
import Features
import MarketData
import ModelBundles
package import Promotion
package import Registry
package import Trading

/// All that a person should have seen before signing anything about a version.
package struct VersionReview: Sendable {
    /// A number that an approval lets through: by name, of the version and of what is in force.
    package struct Measure: Sendable, Equatable {
        package let name: String
        package let own: Double
        package let incumbent: Double
        /// Own less the incumbent's, with a 95 % interval.
        package let difference: (value: Double, lower: Double, upper: Double)
        package let isHigherBetter: Bool

        package static func == (a: Measure, b: Measure) -> Bool { a.name == b.name && a.own == b.own }
    }

    /// What a version may do at most, and what a unit of it is worth.
    package struct Limits: Sendable, Equatable {
        package let values: RiskLimits
        /// Decimals of a price unit; nil where the weights do not say.
        package let priceDecimals: Int?
        /// What a round trip was judged to cost, in basis points.
        package let costBps: Double?
    }

    /// Against the version that the gate compared with.
    package struct Difference: Sendable {
        /// `NAME/VERSION`.
        package let incumbent: String
        package let weights: String
        /// Over the samples that both predict.
        package let measures: [Measure]
        package let samples: Int
        /// Why the two were not measured against each other; nil where they were.
        package let problem: String?
        package let addedFeatures: [String]
        package let removedFeatures: [String]
        /// Of the incumbent; nil where nothing tells.
        package let limits: Limits?
    }

    /// What somebody has signed already.
    package struct Signature: Sendable {
        package let kind: StatementRecord.Kind
        package let signer: String
        package let keyID: String
        /// SHA-256 of the envelope.
        package let digest: String
        /// The policy that it is about, by name; nil where the envelope cannot be read.
        package let policy: String?
        package let roles: [String]
        package let time: Nanoseconds
        package let reason: String
        package let rule: String?
        package let expiresAt: Nanoseconds?
        /// Why it does not count; nil where it does.
        package let objection: String?
    }

    package let draft: SignStatement.Draft
    /// The newest verdict under exactly this policy, else the newest one; nil before any.
    package let verdict: RecordedDecision?
    /// Why the verdict is not the one that the statement is about; nil where it is.
    package let verdictNote: String?
    /// Of the version, then of the one that the gate compared with.
    package let tests: [Test]
    package let difference: Difference?
    /// Why there is no difference to show, where there is none.
    package let differenceNote: String?
    package let limits: Limits?
    /// What the signature covers, read from the very text that is signed.
    package let signed: [SignedLine]
    /// What the page was drawn from and no signature here covers: name and SHA-256.
    package let digests: [(name: String, digest: String)]
    package let signatures: [Signature]
    /// Rules of the policy that ask for people, in every environment that asks for this policy.
    package let approvals: [Approval]
    /// The last rollback of the weights, in each environment where there was one.
    package let takenBack: [(environment: String, back: TakenBack)]

    /// How far a rule that asks for people is from holding in an environment.
    package struct Approval: Sendable {
        /// Whose document says who counts; nil for the people of the project.
        package let environment: String?
        package let state: ApprovalState
    }
}

/// A statement that is about to be signed in; the page that its signer should read first, out.
package enum ReviewVersion {
    package static func run(_ draft: SignStatement.Draft, session: Session) throws -> VersionReview {
        let version = draft.version, statement = draft.statement, decision = draft.latestDecision
        let verdict = try decision.map(RecordedDecision.init)
        var note = decision == nil ? nil : draft.verdictObjection
        if note == nil, let decision, decision.policyDigest != statement.policyDigest {
            note =
                decision.policy == statement.policy
                ? "the policy was changed since this verdict" : "this verdict is under '\(decision.policy)'"
        }
        let own = try PeopleOf(
            version, strategy: statement.strategy, in: draft.environment, under: draft.policy, session: session)
        let (difference, missing) = try Self.difference(version, verdict, session: session)
        let standings = try own.standings(under: draft.policy, in: draft.environment)
        return VersionReview(
            draft: draft, verdict: verdict, verdictNote: note,
            tests: try tests(version, against: difference?.incumbent, session: session), difference: difference,
            differenceNote: missing,
            limits: try limits(version, verdict?.basis, session: session),
            signed: SignedLine.of(draft.payload), digests: digests(verdict), signatures: own.signatures,
            approvals: standings.flatMap { place, standing in
                draft.policy.approvals(standing).map {
                    VersionReview.Approval(environment: place.environment, state: $0)
                }
            },
            takenBack: standings.compactMap { place, standing in
                standing.takenBack.map { (place.environment ?? "", $0) }
            })
    }

    private static func digests(_ verdict: RecordedDecision?) -> [(name: String, digest: String)] {
        var out: [(name: String, digest: String)] = []
        if let verdict { out.append(("gate verdict", verdict.decision.digest)) }
        if let basis = verdict?.basis {
            let features = basis.features.split(separator: ":").last.map(String.init) ?? basis.features
            out += [("strategy that was judged", basis.strategy), ("features", features)]
        }
        if let text = verdict?.decision.envelope, let envelope = try? Envelope(text),
            let signed = try? Verdict(envelope)
        {
            out.append(("document of \(signed.environment)", signed.authority))
        }
        return out
    }

    /// What the verdict's strategy lets the version do at most.
    static func limits(_ version: VersionRecord, _ basis: GateDecision.Basis?, session: Session) throws
        -> VersionReview.Limits?
    {
        guard let basis, Paths.exists(session.artefacts.path(basis.strategy)) else { return nil }
        let path = try session.artefacts.verified(basis.strategy)
        let node = try JSONParser.parse(try FileChunks.bytes(path), file: path)
        guard let values = try node[key: "limits"].map({ try RiskLimits($0, path: "limits") }) else { return nil }
        return VersionReview.Limits(
            values: values, priceDecimals: try spec(version, session: session)?.market.priceDecimals,
            costBps: node[key: "costBps"]?.doubleValue)
    }

    /// What the weights say of themselves; nil for a policy of an agent, and for weights that are not here.
    private static func spec(_ version: VersionRecord, session: Session) throws -> ModelSpec? {
        guard Paths.exists(session.artefacts.path(version.weights)) else { return nil }
        return try DescribeVersion.modelFile(version, session: session)?.spec
    }

    // MARK: Against what is in force

    private static func difference(_ version: VersionRecord, _ verdict: RecordedDecision?, session: Session) throws -> (
        VersionReview.Difference?, String?
    ) {
        let registry = try session.registry()
        guard let verdict else { return (nil, "no gate has compared it with anything yet") }
        guard let reference = verdict.decision.incumbent else { return (nil, "the gate found nothing in force") }
        guard let incumbent = try? registry.version(reference) else {
            return (nil, "\(reference), which the gate compared it with, is not in this registry any more")
        }
        let own = try spec(version, session: session)?.features.columnNames ?? [],
            theirs = try spec(incumbent, session: session)?.features.columnNames ?? []
        var measures: [VersionReview.Measure] = [], samples = 0, problem: String?
        session.caller.conversation.say("measuring \(version.reference) against \(reference), which takes a moment")
        do {
            let compared = try CompareModels.run(version.reference, reference, strategy: nil, session: session)
            samples = compared.samples
            measures = compared.measures.map { row in
                VersionReview.Measure(
                    name: row.name, own: row.a.estimate, incumbent: row.b.estimate,
                    difference: (row.difference.estimate, row.difference.lower, row.difference.upper),
                    isHigherBetter: row.isHigherBetter)
            }
        } catch let error as any UserFacingError { problem = error.message }
        let earlier = try registry.decisions(model: incumbent.model, number: incumbent.version).first(where: \.isPassed)
        return (
            VersionReview.Difference(
                incumbent: reference, weights: incumbent.weights, measures: measures, samples: samples,
                problem: problem, addedFeatures: own.filter { !theirs.contains($0) },
                removedFeatures: theirs.filter { !own.contains($0) },
                limits: try limits(incumbent, earlier.flatMap(GateDecision.Basis.init), session: session)), nil
        )
    }

    // MARK: Before anybody is asked

    /// Refuses what would not count once it is signed: another person's key, one that nobody trusts, that expired, that
    /// was revoked, that has not the role, or that of who made the model.
    ///
    /// - Parameter name: the private key, by its name in this project or its file.
    /// - Throws: ``Failure`` with code `statement.signer`, `statement.untrusted`, `statement.key` or
    ///   `statement.no-use`.
    package static func requireCounted(_ draft: SignStatement.Draft, key name: String, session: Session) throws {
        let registry = try session.registry(), statement = draft.statement
        let key = try PrivateKeys.publicKey(name, session: session)
        guard key.name == statement.signer else {
            throw Failure(
                "statement.signer", "found the key of '\(key.name)', expected one of '\(statement.signer)'",
                hint: "sign with your own key", exitStatus: .usage)
        }
        let own = try PeopleOf(draft.version, strategy: statement.strategy, session: session)
        let failures = try own.standings(for: draft).map { place, standing in
            objection(to: statement, key, in: place, standing, draft.policy, at: registry.now())
        }
        // It counts somewhere: the page says where, and where not.
        if failures.contains(where: { $0 == nil }) { return }
        if let failure = failures.compactMap(\.self).first { throw failure }
    }

    /// Refuses an approval before any gate has judged these weights, for the environment in question: its page shows
    /// neither rules nor limits.
    ///
    /// - Throws: ``Failure`` with code `approve.no-verdict`.
    package static func requireVerdict(_ draft: SignStatement.Draft) throws {
        guard draft.latestDecision == nil else { return }
        let reference = draft.version.reference
        let place = draft.environment.map { "--for \($0)" } ?? "--policy \(draft.policy.name)"
        throw Failure(
            "approve.no-verdict",
            "found no gate verdict on \(reference) with exactly these weights"
                + (draft.environment.map { " for '\($0)' by its document in force" } ?? "")
                + (draft.verdictObjection.map { " (the newest does not count: \($0))" } ?? "")
                + ": nobody can tell its strategy and limits",
            hint:
                "judge it first: hftml gate \(reference) \(place) --features FILE --strategy FILE"
                + (draft.environment == nil ? "" : " --key KEY") + "; or sign all the same: --unjudged",
            exitStatus: .refused)
    }

    /// Why a statement would not count in a place; nil where it would.
    private static func objection(
        to statement: Statement, _ key: PublicKey, in place: CountingPeople, _ standing: GatePolicy.Signatures,
        _ policy: GatePolicy, at now: Nanoseconds
    ) -> Failure? {
        guard let trusted = place.keys.key(id: key.id) else {
            return place.untrusted(key.id, key.name)
                ?? Failure(
                    "statement.untrusted", "found the key \(key.id) of '\(key.name)', which is not trusted here",
                    hint: "let somebody who may trust it, in a role: hftml keys trust \(key.name) --role ROLE",
                    exitStatus: .refused)
        }
        if let objection = trusted.objection(at: now) {
            return Failure(
                "statement.key", "found a key whose signatures do not count: \(objection)", exitStatus: .refused)
        }
        guard let objection = policy.objection(toSigning: statement, with: trusted, standing) else { return nil }
        return Failure(
            "statement.no-use",
            "found \(statement.kind == .approval ? "an" : "a") \(statement.kind.rawValue) of \(statement.subject) that "
                + "would not count under '\(statement.policy)': \(objection)",
            hint: hint(statement, policy, in: place.environment),
            exitStatus: .refused)
    }

    private static func hint(_ statement: Statement, _ policy: GatePolicy, in environment: String?) -> String {
        let who = "see who may, and what is signed already: hftml inbox --as \(statement.signer), hftml keys list"
        guard statement.kind == .waiver else { return who }
        let document =
            environment.map { "hftml environments sign \($0) --as KEY" } ?? "hftml environments sign ENV --as KEY"
        guard !policy.waiverRoles.isEmpty else {
            return
                "a policy allows them by a line such as waivers: {roles: [risk-officer], longestDays: 30}, which "
                + "counts once the next document is signed: \(document)"
        }
        let days = Int(saturating: policy.longestWaiverDays)
        let longest = "at most \(rounded(policy.longestWaiverDays, 1)) days: --expires \(max(1, days))d"
        return
            "a waiver takes one of the roles \(policy.waiverRoles.joined(separator: ", ")) and runs for \(longest); "
            + who
    }
}
