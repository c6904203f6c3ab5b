import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Whose heads of the audit log count, and how old the newest anchor may be.
struct LogKeys {
    /// With the role `log` in the signed document of the environment that is asked about, or of any where none is.
    /// Where no environment has a document, the project's trusted keys with that role, and the keys whose bundles an
    /// environment takes.
    var keys: AuditHeads.Keys
    /// The least that the environments allow; nil where none says.
    var anchorHours: Double?
    /// An environment has a document.
    var hasDocuments = false

    /// Documents that cannot be followed, in words.
    var problems: [String] = []
    /// Documents in force as their roots signed them, by environment: as the record calls it, after its directory. The
    /// name that a document has is its writer's to choose, and a directory may be pushed that says it is another's.
    private(set) var signed: [String: EnvironmentAuthority] = [:]
    /// All documents from the pin to the one in force, oldest first, by the same.
    private(set) var trails: [String: [EnvironmentAuthority]] = [:]
    /// Keys that may sign heads, or once might, by the same.
    private var byEnvironment: [String: [PublicKey]] = [:]
    /// Whether the keys of one environment alone are asked.
    private var isNarrowed = false
    /// By environment and number of a document: what completed it, as words of a loss are judged by it.
    var completed: [String: [Int: DocumentsOnRecord.Completed]] = [:]

    /// Reads the tracked documents and keys of a project.
    ///
    /// - Parameter authority: of the environment that an act is about: its keys alone count then, and its hours. Heads
    ///   that others signed are still compared.
    static func read(_ session: Session, registry: RegistryDatabase, for authority: EnvironmentAuthority? = nil) throws
        -> LogKeys
    {
        let role = EnvironmentAuthority.Role.log
        var known = try ManageKeys.people(session, registry: registry).keys
        known += try TrustedKeys(directory: "\(session.root)/Registry/keys").keys
        // Before there were documents: keys with the role, and keys whose bundles an environment takes.
        var earlier = known.filter { $0.roles.contains(role) }
        var found = LogKeys(keys: AuditHeads.Keys(log: []))
        let losses = try registry.auditEntries(actionPrefix: AcceptLoss.action)
        let record = try DocumentsOnRecord(registry), names = try session.environmentNames()
        // What is left of them in the log is enough to keep the project's keys from standing in.
        found.hasDocuments = !record.removed(names).isEmpty
        for name in names {
            let directory = session.environmentPath(name)
            let bundles = try TrustedKeys(directory: "\(directory)/trusted").keys
            (known, earlier) = (known + bundles, earlier + bundles)
            do {
                guard Paths.exists("\(directory)/runtime.json") else {
                    try record.requireNone(name)
                    continue
                }
                let files = try EnvironmentFiles(name, session: session)
                guard let newest = try files.inForce(at: session.clock.now())?.authority else {
                    try record.requireNone(name)
                    continue
                }
                found.hasDocuments = true
                found.signed[files.name] = newest
                found.trails[files.name] = files.documents
                found.completed[files.name] = completed(record.own(files), found.trails[files.name] ?? [], losses)
                let own = newest.keys.filter { $0.roles.contains(role) }
                found.keys.log += own
                found.anchorHours = [found.anchorHours, newest.anchorHours].compactMap(\.self).min()
                for document in try documents(files) { known += document.keys }
                // What no root key has signed gives nobody a role, though it lies among those that are kept.
                var former: [PublicKey] = []
                for document in files.documents { former += document.keys.filter { $0.roles.contains(role) } }
                found.keys.former += former
                found.byEnvironment[files.name] = own + former
            } catch let failure as any UserFacingError {
                // An environment whose document was tampered with gives nobody the role.
                found.hasDocuments = true
                found.problems.append("cannot follow the documents of '\(name)': \(failure.message)")
            }
        }
        if !found.hasDocuments { found.keys.log = earlier }
        found.keys.hasDocuments = found.hasDocuments
        found.keys.others = known
        let hasAny = found.hasDocuments
        if let authority { found.narrow(to: authority) }
        found.keys.revokedHere = try found.revokedHere(registry, session)
        for index in found.keys.log.indices where !found.hasDocuments {
            // The log itself is all that says so.
            if found.keys.revokedHere[found.keys.log[index].id] != nil { found.keys.log[index].revoked = nil }
        }
        if found.problems.isEmpty {
            found.keys.lost = try AcceptedLosses(registry, found, hasDocuments: hasAny, session: session).heads
        }
        return found
    }

    private mutating func narrow(to authority: EnvironmentAuthority) {
        (hasDocuments, isNarrowed) = (true, true)
        let directories = places(of: authority)
        // What other environments' keys say of the log holds nothing up here: who owns one could stop all others.
        keys.former = directories.flatMap { byEnvironment[$0] ?? [] }
        keys.hasDocuments = true
        // What the project knows beside it is weighed apart.
        let counter = authority.counter
        let newest = directories.compactMap { signed[$0] }.first { $0.counter == counter }
        let authority = newest ?? authority
        keys.log = authority.keys.filter { $0.roles.contains(EnvironmentAuthority.Role.log) }
        anchorHours = authority.anchorHours
    }

    /// Directories that have a document: the one of its name, or others where that has another document. Nobody signs
    /// one of those root keys' documents without them.
    private func places(of authority: EnvironmentAuthority) -> [String] {
        var found: [String] = []
        for (name, documents) in trails {
            let hasIt = documents.contains { document in
                document.name == authority.name && document.counter == authority.counter
                    && document.root == authority.root
            }
            if hasIt { found.append(name) }
        }
        found.sort()
        return found.contains(authority.name) ? [authority.name] : found
    }

    /// Keys that log or tracked files say are revoked and their document does not, with the entry that says so: one
    /// that never comes where it is a file.
    private func revokedHere(_ registry: RegistryDatabase, _ session: Session) throws -> [String: Int] {
        // What cannot be read must not make a key good again: that throws.
        let known = try ManageKeys.revocations(session)
        var found: [String: Int] = [:]
        for key in keys.log where known[key.id] != nil && (key.revoked == nil || !hasDocuments) {
            found[key.id] = .max
        }
        for entry in try registry.auditEntries(actionPrefix: "key.revoke") {
            guard let id = (try? JSONParser.parse(entry.detail))?[key: "keyID"]?.stringValue, found[id] == .max else {
                continue
            }
            found[id] = entry.sequence
        }
        return found
    }

    /// Who cuts the log can enter a document anew after a word of their own, and it would be completed after that word.
    /// So a document that its root keys dated before a word counts at it, wherever the log has it.
    private static func completed(
        _ own: [Int: DocumentsOnRecord.Completed], _ documents: [EnvironmentAuthority], _ losses: [AuditEntry]
    ) -> [Int: DocumentsOnRecord.Completed] {
        var found = own
        for document in documents {
            guard let known = found[document.counter],
                let word = losses.first(where: { $0.time > document.createdAt })
            else { continue }
            found[document.counter]?.sequence = min(known.sequence, word.sequence - 1)
        }
        return found
    }

    /// Every document that an environment has kept; the newest was followed from the pin through all of them.
    private static func documents(_ files: EnvironmentFiles) throws -> [EnvironmentAuthority] {
        guard Paths.isDirectory(files.kept) else { return [] }
        return try Paths.entries(files.kept).filter { $0.hasSuffix(".json") }.map {
            try files.read("\(files.kept)/\($0)").authority
        }
    }

    /// A key that counts and whose private half lies in this project.
    func signer(_ session: Session) throws -> (any Signer)? {
        for key in keys.log where keys.maySign(key.id, at: session.clock.now()) {
            let path = try ManageKeys.privatePath(key.name, session: session)
            guard Paths.exists(path) else { continue }
            let signer = try PrivateKeys.read(path, session: session)
            if signer.publicKey.id == key.id { return signer }
        }
        return nil
    }

    /// Keys whose word of the log's history a signer's may not gainsay: those of the environment that is asked about,
    /// and where none is its own alone. Which environment a key belongs to is no other's to say: anybody can push one
    /// that names somebody else's key beside their own.
    func beside(_ id: String) -> AuditHeads.Keys {
        guard !isNarrowed, byEnvironment.values.contains(where: { $0.contains { $0.id == id } }) else { return keys }
        var found = keys
        found.log.removeAll { $0.id != id }
        found.former.removeAll { $0.id != id }
        return found
    }
}
