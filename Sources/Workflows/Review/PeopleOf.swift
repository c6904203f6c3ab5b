import Basics
import ModelBundles
import Promotion
import Registry

/// What people have signed about a version, and who made it.
struct PeopleOf {
    /// What the rules that ask people look at.
    let standing: GatePolicy.Signatures
    /// All of it, also what does not count.
    let signatures: [VersionReview.Signature]

    init(_ version: VersionRecord, session: Session) throws {
        let registry = try session.registry(), trusted = try ManageKeys.people(session, registry: registry)
        let now = registry.now()
        var verified: [Statement.Verified] = [], all: [VersionReview.Signature] = []
        for record in try registry.statements(of: version) {
            let said = Statement(envelope: record.envelope)
            var objection: String?, roles: [String] = []
            do {
                let found = try Statement.verify(record, trusted: trusted, at: now)
                verified.append(found)
                roles = found.key.roles
                if found.statement.weights != version.weights { objection = "it is about other weights" }
                if let end = found.statement.expiresAt, end <= now { objection = "it has ended" }
            } catch let error as any UserFacingError { objection = error.message }
            all.append(
                VersionReview.Signature(
                    kind: record.kind, signer: record.signer, keyID: record.keyID, digest: record.digest,
                    policy: said?.policy, roles: roles, time: record.createdAt,
                    reason: said?.reason ?? "", rule: said?.rule, expiresAt: said?.expiresAt, objection: objection))
        }
        signatures = all
        standing = GatePolicy.Signatures(
            weights: version.weights, statements: verified,
            authors: try PeopleOf.authors(version, registry: registry), now: now)
    }

    /// Who made the run and registered the version, without the machine.
    static func authors(_ version: VersionRecord, registry: RegistryDatabase) throws -> Set<String> {
        let user = version.run.isEmpty ? nil : try registry.run(version.run).user
        return [user, version.createdBy].compactMap(\.self).reduce(into: []) {
            $0.formUnion(ActingIdentity.people($1))
        }
    }
}
