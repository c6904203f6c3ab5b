import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Keys in; what is in force because people approved or waived something with them, or a machine judged or ordered,
/// out. A key that is revoked takes nothing out of force by itself, and somebody has to decide.
enum RestsOnKeys {
    struct Found: Sendable, Equatable {
        let environment: String
        /// `NAME/VERSION`; empty where nobody can tell what is in force.
        let reference: String
        /// `2 × waiver of 'ann'`, each once.
        let words: [String]
        /// Why nobody can tell; nil where it was looked at.
        var problem: String?

        var text: String {
            if let problem {
                return "cannot tell whether what is in force in '\(environment)' rests on it: \(problem)"
            }
            return "\(reference), in force in '\(environment)', rests on \(words.joined(separator: " and "))"
        }
    }

    /// What is in force in one place, and who signed for it.
    struct Standing {
        let bundle: ModelBundle
        let reference: String
        let weights: String
        let verdict: Envelope
        let order: Envelope
        /// Digests of the statements that the gate weighed.
        let weighed: Set<String>

        /// - Returns: nil where nothing is in force, or it is of before bundles had a verdict.
        /// - Throws: what cannot be read.
        init?(_ files: EnvironmentFiles, session: Session) throws {
            guard let receipt = try EnvironmentReceipts(files, session: session).inForce.last else { return nil }
            guard let bytes = try DeployedBundles(files: files, session: session).bytes(receipt) else {
                throw Failure(
                    "rollback.no-bundle",
                    "nobody here has the bundle of revision \(receipt.counter ?? 0), \(receipt.bundle.prefix(12))")
            }
            // Another bundle with the same manifest has the order of somebody else.
            guard Digest.sha256(bytes) == receipt.bundle else {
                throw Failure(
                    "rollback.no-bundle",
                    "nobody here has the order of revision \(receipt.counter ?? 0), \(receipt.bundle.prefix(12)), only "
                        + "another one of the same manifest")
            }
            bundle = try ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys()))
            guard let terms = bundle.terms else { return nil }
            reference = "\(bundle.identity.name)/\(bundle.identity.version)"
            (weights, verdict, order) = (terms.weightsDigest, terms.verdict, terms.deployment)
            weighed = Set(try Verdict(terms.verdict).evidence.map(\.digest))
        }
    }

    /// By the verdict in the bundle that is in force, which names the statements that the gate weighed; also where that
    /// lies outside Registry/environments.
    ///
    /// - Parameter keys: ids.
    /// - Returns: also places of which nobody can tell, with the reason.
    static func inForce(_ keys: Set<String>, session: Session) throws -> [Found] {
        guard !keys.isEmpty else { return [] }
        return try RecordedHosts(session).names.compactMap { name in
            do { return try found(keys, name, session: session) } catch {
                let reason = (error as? any UserFacingError)?.message ?? "\(error)"
                return Found(environment: name, reference: "", words: [], problem: reason)
            }
        }
    }

    private static func found(_ keys: Set<String>, _ name: String, session: Session) throws -> Found? {
        let registry = try session.registry()
        guard let files = try EnvironmentFiles.made(name, session: session) else {
            guard try !registry.deployments(environment: name).isEmpty else { return nil }
            return Found(environment: name, reference: "", words: [], problem: "its directory is not here")
        }
        guard let standing = try Standing(files, session: session) else { return nil }
        // What the bundle itself says needs no registry that knows the version.
        let signed = [("its verdict", standing.verdict), ("its order", standing.order)].filter { _, envelope in
            envelope.signatures.contains { keys.contains($0.keyID) }
        }.map(\.0)
        let version = try registry.versions(stage: .all).first {
            $0.reference == standing.reference && $0.weights == standing.weights
        }
        guard let version else {
            // Besides its report the gate weighed nothing, so nobody's word is in it.
            if signed.isEmpty, standing.weighed.count <= 1 { return nil }
            return Found(
                environment: name, reference: standing.reference, words: signed,
                problem: signed.isEmpty
                    ? "\(standing.reference) is not in this registry, so neither is what people said of it" : nil)
        }
        let statements = try registry.statements(of: version).filter {
            standing.weighed.contains($0.digest) && keys.contains($0.keyID) && $0.kind != .rejection
        }
        let words =
            signed
            + Dictionary(grouping: statements) { "\($0.kind.rawValue) of '\($0.signer)'" }
            .map { "\($1.count) × \($0)" }.sorted()
        return words.isEmpty ? nil : Found(environment: name, reference: standing.reference, words: words)
    }
}
