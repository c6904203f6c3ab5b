import Basics
import Deployment
import ModelBundles
import Registry

/// Keys in; what is in force because people approved or waived something with them, or a machine judged or ordered, out. A key that is revoked takes
/// nothing out of force by itself, and somebody has to decide.
enum RestsOnKeys {
    struct Found: Sendable, Equatable {
        let environment: String
        /// `NAME/VERSION`.
        let reference: String
        /// `2 × waiver of 'ann'`, each once.
        let words: [String]

        var text: String { "\(reference), in force in '\(environment)', rests on \(words.joined(separator: " and "))" }
    }

    /// By the verdict in the bundle that is in force, which names the statements that the gate weighed.
    ///
    /// - Parameter keys: ids.
    static func inForce(_ keys: Set<String>, session: Session) throws -> [Found] {
        guard !keys.isEmpty else { return [] }
        return try session.environmentNames().compactMap { name in
            // What cannot be read is told where it is asked for.
            guard let files = try? EnvironmentFiles.made(name, session: session),
                let receipt = try? EnvironmentReceipts(files, session: session).inForce.last,
                let bytes = try? DeployedBundles(files: files, session: session).bytes(receipt),
                let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys())),
                let terms = bundle.terms, let verdict = try? Verdict(terms.verdict)
            else { return nil }
            let reference = "\(bundle.identity.name)/\(bundle.identity.version)"
            let version = try session.registry().versions().first {
                $0.reference == reference && $0.weights == terms.weightsDigest
            }
            guard let version else { return nil }
            let weighed = Set(verdict.evidence.map(\.digest))
            let statements = try session.registry().statements(of: version).filter {
                weighed.contains($0.digest) && keys.contains($0.keyID) && $0.kind != .rejection
            }
            let signed = [("its verdict", terms.verdict), ("its order", terms.deployment)].filter { _, envelope in
                envelope.signatures.contains { keys.contains($0.keyID) }
            }
            let words =
                signed.map(\.0)
                + Dictionary(grouping: statements) { "\($0.kind.rawValue) of '\($0.signer)'" }
                .map { "\($1.count) × \($0)" }.sorted()
            return words.isEmpty ? nil : Found(environment: name, reference: reference, words: words)
        }
    }
}
