import Basics
import ModelBundles
import Promotion
import Registry

/// What people have signed about a version, and who made it.
struct PeopleOf {
    /// Why a waiver counts no more that counted until its end.
    static let ended = "it has ended"
    /// All of it, also what does not count.
    let signatures: [VersionReview.Signature]
    private let version: VersionRecord
    private let all: StatementsOfVersion
    private let authors: Set<String>
    private let now: Nanoseconds
    private let places: SigningPlaces
    private let strategy: String?

    /// - Parameters:
    ///   - known: the places where signatures count, where somebody has gathered them already.
    ///   - strategy: digest of the one that the verdict in question judged; nil where it is no question of one.
    ///   - environment: the only one in which it is asked what counts; nil for wherever a statement is weighed.
    ///   - policy: the one that is asked for; nil where it is no question of one.
    init(
        _ version: VersionRecord, places known: SigningPlaces? = nil, strategy: String? = nil,
        in environment: String? = nil, under policy: GatePolicy? = nil, session: Session
    ) throws {
        let registry = try session.registry()
        let places = try known ?? SigningPlaces(session)
        (self.version, self.places, self.strategy, now) = (version, places, strategy, registry.now())
        all = try StatementsOfVersion(version, registry: registry)
        authors = try CollectEvidence.authors(version, registry: registry)
        let now = now, all = all
        // Once a place: it verifies whatever anybody signed about the version.
        var told: [String: [Statement.Verified]] = [:]
        func counted(_ place: CountingPeople) throws -> [Statement.Verified] {
            let name = "\(place.environment ?? "") \(place.keys.keys.map(\.id).joined(separator: " "))"
            if let found = told[name] { return found }
            let found = try all.counting(place, strategy: strategy, at: now).counted
            told[name] = found
            return found
        }
        signatures = try all.shown(in: places.everybody, at: now).map { record in
            let found = places.weigh(record, strategy: strategy, in: environment)
            // A no that its own signer took back or said anew since is one no more, as for a gate.
            let standing =
                try record.kind != .rejection
                ? []
                : found.filter { (try? $0.outcome.get()) != nil }.map {
                    Statement.rejections(try counted($0.place))
                }
            let isReplaced = !standing.isEmpty && !standing.contains { $0.contains(record.digest) }
            let no =
                record.kind == .approval
                ? try found.compactMap { PeopleOf.rejection(after: record, try counted($0.place)) }.min()
                : nil
            return PeopleOf.signature(
                record, of: version, strategy, found, under: policy, isReplaced: isReplaced, rejectedAt: no, at: now)
        }
    }

    /// When who said yes has said no since, in a place where that counts. A yes after that no is another yes: it does
    /// not bring the former back.
    ///
    /// - Parameter counted: what counts there.
    private static func rejection(after yes: StatementRecord, _ counted: [Statement.Verified]) -> Nanoseconds? {
        counted.map(\.statement).filter {
            $0.kind == .rejection && $0.signer == yes.signer && $0.signedAt > yes.createdAt
        }.map(\.signedAt).min()
    }

    /// What the rules of a policy that ask people look at, in every place where the policy is asked for: exactly what
    /// a gate and a promotion there look at.
    func standings(under policy: GatePolicy, in environment: String? = nil) throws -> [(
        place: CountingPeople, standing: GatePolicy.Signatures
    )] {
        try standings(in: places.concerned(by: policy.name, policy.digest, in: environment))
    }

    /// The same for a statement that somebody is about to make.
    func standings(for draft: SignStatement.Draft) throws -> [(
        place: CountingPeople, standing: GatePolicy.Signatures
    )] {
        try standings(in: places.concerned(by: draft))
    }

    private func standings(in found: [CountingPeople]) throws -> [(
        place: CountingPeople, standing: GatePolicy.Signatures
    )] {
        try found.map { place in
            var standing = GatePolicy.Signatures(
                weights: version.weights,
                statements: try all.counting(place, strategy: strategy, at: now).counted, authors: authors, now: now)
            standing.takenBack = place.takenBack(version.weights, strategy: strategy)
            return (place, standing)
        }
    }

    /// Whether somebody has approved these weights under another text of a policy than it has now.
    func isApproved(underAnotherTextOf policy: GatePolicy) -> Bool {
        all.own.contains { record in
            guard record.kind == .approval, let said = Statement(envelope: record.envelope) else { return false }
            return said.weights == version.weights && said.policy == policy.name && said.policyDigest != policy.digest
        }
    }

    /// Why a yes says nothing under a policy; nil where it does, and for a no, which is of the weights.
    private static func objection(_ said: Statement?, under policy: GatePolicy?) -> String? {
        guard let said, let policy, said.kind != .rejection, said.policyDigest != policy.digest else { return nil }
        return said.policy == policy.name
            ? "it is about an earlier text of the policy '\(policy.name)'"
            : "it is about another policy, '\(said.policy)'"
    }

    private static func signature(
        _ record: StatementRecord, of version: VersionRecord, _ strategy: String?,
        _ found: [(place: CountingPeople, outcome: Result<Statement.Verified, any Error>)],
        under policy: GatePolicy?, isReplaced: Bool, rejectedAt: Nanoseconds?, at now: Nanoseconds
    ) -> VersionReview.Signature {
        let said = Statement(envelope: record.envelope), other = objection(said, under: policy)
        var objections: [String] = [], roles: [String] = []
        for (place, outcome) in found {
            var objection: String?
            do {
                let verified = try outcome.get()
                roles += verified.key.roles.filter { !roles.contains($0) }
                if verified.statement.weights != version.weights { objection = "it is about other weights" }
                if let end = verified.statement.expiresAt, end <= now { objection = ended }
                if let back = place.takenBack(version.weights, strategy: strategy), record.kind != .rejection,
                    verified.statement.signedAt <= back.time
                {
                    objection = "it was signed before \(back.text)"
                }
            } catch { objection = (error as? any UserFacingError)?.message ?? "\(error)" }
            if isReplaced, objection == nil { objection = "a later word of its signer stands in its place" }
            if let rejectedAt, objection == nil { objection = "rejected since, at \(TimeText.seconds(rejectedAt))" }
            if objection == nil { objection = other }
            guard let objection else { continue }
            let isPartial = found.count > 1 ? place.environment : nil
            objections.append((isPartial.map { "in '\($0)': " } ?? "") + objection)
        }
        return VersionReview.Signature(
            kind: record.kind, signer: record.signer, keyID: record.keyID, digest: record.digest, policy: said?.policy,
            roles: roles, time: record.createdAt, reason: said?.reason ?? "", rule: said?.rule,
            expiresAt: said?.expiresAt, objection: objections.isEmpty ? nil : objections.joined(separator: "; "))
    }
}
