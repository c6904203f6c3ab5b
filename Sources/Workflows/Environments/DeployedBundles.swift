import Basics
import Deployment
import Foundation
import ModelBundles
import Registry

/// Bundles that were deployed to an environment, wherever their bytes still lie: in the registry's store, or at the
/// host.
struct DeployedBundles {
    let files: EnvironmentFiles
    let session: Session
    /// Keys of all documents, which are followed once.
    let trusted: TrustedKeys

    init(files: EnvironmentFiles, session: Session) {
        (self.files, self.session) = (files, session)
        trusted = TrustedKeys(files.knownKeys())
    }

    /// What was read of a bundle, whose signer was a key of the environment.
    struct Terms {
        var reference: String
        var weights: String
        var strategy: String
        var share: Double
        var authority: String
        var manifest: String
        var counter: Int
        var isRollback: Bool
        var time: Nanoseconds
        var reason: String
        var verdict: String
        /// Ids of the keys that signed what it judges itself by: its verdict, and its manifest.
        var verdictKeys: [String]
        var manifestKey: String
        var limits: BundleStrategy
        var host: String?
        /// As its order names it.
        var environment: String
    }

    /// The bytes of a receipt's bundle, or of another bundle with the same manifest; nil where nobody has them.
    func bytes(_ receipt: Receipt) throws -> [UInt8]? {
        let registry = try session.registry()
        // One that was damaged in the store is still whole at the host, and a rollback needs it.
        if let found = session.storedBundle(receipt.bundle) { return found }
        let host = files.host
        for path in [receipt.counter.map(host.revision), host.current].compactMap({ $0 }) {
            // One that cannot be read stops nobody from going back to another.
            guard let bytes = try? SmallFile.bytes(path, most: ModelBundle.mostBytes) else { continue }
            if Digest.sha256(bytes) == receipt.bundle { return bytes }
        }
        guard let manifest = receipt.manifest,
            let other = try registry.promotion(manifest: manifest, environment: files.name)
        else { return nil }
        return session.storedBundle(other.bundle)
    }

    /// What a bundle says of itself; nil for what no key of the environment signed, or is of before version 2.
    func terms(_ bytes: [UInt8]) -> Terms? {
        guard let bundle = try? ModelBundle.verify(bytes, trusted: trusted),
            let terms = bundle.terms, let order = try? DeploymentOrder(terms.deployment)
        else { return nil }
        return Terms(
            reference: "\(bundle.identity.name)/\(bundle.identity.version)", weights: terms.weightsDigest,
            strategy: terms.strategy.digest, share: order.share, authority: order.authority.digest,
            manifest: terms.manifestDigest, counter: order.counter, isRollback: order.action == .rollback,
            time: order.time, reason: order.reason, verdict: terms.verdict.payloadDigest,
            verdictKeys: terms.verdict.signatures.map(\.keyID), manifestKey: bundle.key.id, limits: terms.strategy,
            host: order.host, environment: order.environment)
    }

    /// Bundles that the host keeps of its revisions, with their digests.
    func kept() throws -> [(digest: String, terms: Terms)] {
        guard Paths.isDirectory(files.host.history) else { return [] }
        return try Paths.entries(files.host.history).filter { $0.hasSuffix(".hftbundle") }.compactMap { name in
            // One that cannot be read says nothing, and stops nobody from going back to another.
            guard let bytes = try? SmallFile.bytes("\(files.host.history)/\(name)", most: ModelBundle.mostBytes) else {
                return nil
            }
            return terms(bytes).map { (Digest.sha256(bytes), $0) }
        }
    }

    /// Numbers that files of the host's revisions are named for, whether or not they can be read.
    private func numbers() throws -> [Int] {
        guard Paths.isDirectory(files.host.history) else { return [] }
        return try Paths.entries(files.host.history).filter { $0.hasSuffix(".hftbundle") }.compactMap {
            Int($0.dropLast(".hftbundle".count))
        }
    }

    /// A revision that the host keeps as one that came in force, whose receipt is not here: nobody can tell what runs.
    func missingReceipt(_ receipts: EnvironmentReceipts) throws -> Failure? {
        let last = receipts.inForce.compactMap(\.counter).max() ?? 0, all = try kept().map(\.terms)
        if let number = try numbers().filter({ $0 > last && !all.map(\.counter).contains($0) }).max() {
            return Failure(
                "receipt.missing",
                "found a file of revision \(number) at the host of '\(files.name)' that is no bundle of its keys, and "
                    + "no receipt of it",
                hint: wayOut(files.host.revision(number)), exitStatus: .refused)
        }
        let later = all.filter { $0.counter > last }.max { $0.counter < $1.counter }
        guard let later else { return nil }
        return Failure(
            "receipt.missing",
            "found revision \(later.counter) (\(later.reference)) at the host of '\(files.name)', and no receipt of it",
            hint: "let the host say what runs: hftml-runtime accept \(files.host.directory)", exitStatus: .refused)
    }

    /// What no regular file is, a host tells and leaves where it lies; and what it cannot read it cannot tell apart.
    private func wayOut(_ path: String) -> String {
        let move = "move it away, as the host's account: mv '\(path)' '\(path).aside'"
        var info = stat()
        guard lstat(path, &info) != 0 || info.st_mode & S_IFMT == S_IFREG else { return move }
        return "let the host look, which removes what never came in force: hftml-runtime accept "
            + "\(files.host.directory); where it stays there, \(move)"
    }

    /// Number of the newest rollback that was ordered where no host has answered it or a later order; nil for none.
    func waitingRollback(_ receipts: EnvironmentReceipts) throws -> Int? {
        try WaitingRollback(files.name, receipts, session: session).flatMap { $0.refusal == nil ? $0.counter : nil }
    }

    /// A number for the next deployment: above all that were ordered and all that the host has seen. What nobody signed
    /// here (a host's file, a receipt of a refusal) counts only where a host would take a number after it.
    func nextCounter(_ receipts: EnvironmentReceipts) throws -> Int {
        let registry = try session.registry(), host = files.host
        let known = max(
            try registry.lastCounter(environment: files.name), receipts.inForce.compactMap(\.counter).max() ?? 0)
        // Of those that are answered nothing is read.
        let rollbacks = try registry.rollbackEntries(environment: files.name).filter { $0.counter > known }
        let promoters = rollbacks.isEmpty ? nil : try PromotersOnRecord(files, registry)
        // A rollback that waits for its answer has a number, too; an entry alone is the word of whoever writes it.
        let signed = rollbacks.first { counter, detail, entry in
            guard let bytes = detail[key: "bundle"]?.stringValue.flatMap(session.storedBundle) else { return false }
            return promoters?.isOrder(bytes, counter: counter, entry) == true
        }
        let ordered = max(known, signed?.counter ?? 0)
        var seen = (receipts.proven + receipts.foreign).compactMap(\.counter) + rollbacks.map(\.counter)
        if Paths.exists(host.stateFile),
            let state = try? JSONParser.parse(try FileChunks.bytes(host.stateFile), file: host.stateFile)
        {
            seen += [state[key: "counter"]?.intValue, state[key: "spent"]?.intValue].compactMap(\.self)
        }
        seen += try numbers()
        let highest = ordered.saturatingPlus(DeploymentOrder.longestStep)
        let last = max(ordered, seen.filter { $0 < highest }.max() ?? 0)
        guard last < DeploymentOrder.highestCounter else {
            throw Failure("order.format", "found deployment \(last) of '\(files.name)', expected a smaller number")
        }
        return last + 1
    }
}

extension Session {
    /// Where the registry's store has a bundle; nil where it has not.
    ///
    /// - Parameter digest: as whoever wrote the record has it.
    func storedBundlePath(_ digest: String) -> String? {
        guard digest.count == 64 else { return nil }
        let path = artefacts.path(digest)
        return Paths.exists(path) ? path : nil
    }

    /// The bytes of a bundle, as its digest says; nil where the store has none, or has it damaged.
    package func storedBundle(_ digest: String) -> [UInt8]? {
        guard let path = storedBundlePath(digest),
            let bytes = try? SmallFile.bytes(path, most: ModelBundle.mostBytes), Digest.sha256(bytes) == digest
        else { return nil }
        return bytes
    }
}
