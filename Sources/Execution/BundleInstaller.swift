package import Basics
import Foundation
package import ModelBundles

/// Takes bundles from the inbox, verifies them, and puts the newest good one in force.
///
/// A bundle in force is only ever replaced by a verified one, by rename; a refused bundle leaves it alone. Every bundle
/// gets a receipt.
package struct BundleInstaller: Sendable {
    private let environment: RuntimeEnvironment
    private let clock: Clock

    /// Stands in every receipt.
    package static let runtimeVersion = ToolVersion.current

    /// - Parameter clock: the time of receipts.
    package init(_ environment: RuntimeEnvironment, clock: Clock = .system) {
        self.environment = environment
        self.clock = clock
    }

    /// The bundle in force, verified again, or nil if there is none.
    ///
    /// - Throws: ``ModelBundle/Refusal`` when it is not intact or its key is no longer trusted, ``FileError``.
    package func current() throws -> ModelBundle? {
        guard Paths.exists(environment.current) else { return nil }
        return try ModelBundle.verify(
            try FileChunks.bytes(environment.current), trusted: try TrustedKeys(directory: environment.trusted))
    }

    /// Whether a bundle waits in the inbox, or nobody can tell: ``processInbox()`` then says why.
    package var hasMail: Bool {
        guard Paths.isDirectory(environment.inbox) else { return false }
        guard let mail = try? mail() else { return true }
        return !mail.isEmpty
    }

    /// Names of the bundles in the inbox, in order. Whatever else lies there, such as a directory of that name, is
    /// nobody's mail.
    private func mail() throws -> [String] {
        try Paths.entries(environment.inbox).filter {
            $0.hasSuffix(".hftbundle") && !Paths.isDirectory(Paths.join(environment.inbox, $0))
        }.sorted()
    }

    /// One at a time changes which bundle is in force, such as a runtime that finds mail and a rollback by hand: what
    /// one keeps for a moment, the other would take for what a stopped program left.
    private func alone<Result>(_ change: () throws -> Result) throws -> Result {
        let lock = try FileLock(environment.directory + "/installer.lock")
        defer { withExtendedLifetime(lock) {} }
        return try change()
    }

    /// Works through the inbox in name order.
    ///
    /// - Returns: the receipts, and the bundle that is in force afterwards if it changed.
    /// - Throws: ``FileError``; a bundle that is refused is no error but a receipt.
    package func processInbox() throws -> (receipts: [Receipt], installed: ModelBundle?) {
        guard Paths.exists(spare) || hasMail else { return ([], nil) }
        return try alone { try takeMail() }
    }

    private func takeMail() throws -> (receipts: [Receipt], installed: ModelBundle?) {
        try recoverPrevious()
        guard hasMail else { return ([], nil) }
        let trusted = try TrustedKeys(directory: environment.trusted)
        var receipts: [Receipt] = []
        var installed: ModelBundle?
        for file in try mail() {
            let path = Paths.join(environment.inbox, file)
            let bytes: [UInt8]
            // What was withdrawn meanwhile is nobody's mail any more.
            do { bytes = try FileChunks.bytes(path) } catch let error as FileError where error.number == ENOENT {
                continue
            }
            let digest = Digest.sha256(bytes)
            var receipt = Receipt(
                environment: environment.name, outcome: .refused, bundle: digest, time: clock.now(),
                runtimeVersion: BundleInstaller.runtimeVersion)
            do {
                let bundle = try ModelBundle.verify(bytes, trusted: trusted)
                receipt.name = bundle.identity.name
                receipt.version = bundle.identity.version
                receipt.signer = bundle.signer.name
                receipt.outcome = .installed
                let (isInForce, replaced) = try replaceCurrent(with: path)
                guard isInForce else { continue }
                receipt.replaced = replaced
                installed = bundle
            } catch let refusal as ModelBundle.Refusal {
                receipt.reason = "\(refusal.code): \(refusal.detail)"
                try Paths.makeDirectory(environment.rejected)
                try move(path, to: Paths.join(environment.rejected, "\(digest.prefix(16)).hftbundle"))
            }
            try write(receipt)
            receipts.append(receipt)
        }
        return (receipts, installed)
    }

    /// Puts the previous bundle back in force; the one in force becomes the previous, so that a second call undoes the
    /// first.
    ///
    /// - Throws: ``Failure`` with code `runtime.no-previous`, ``ModelBundle/Refusal`` when the previous one is not
    ///   intact or no longer trusted (the one in force stays), ``FileError``.
    package func rollBack() throws -> Receipt { try alone { try exchange() } }

    private func exchange() throws -> Receipt {
        try recoverPrevious()
        guard Paths.exists(environment.previous) else {
            throw Failure(
                "runtime.no-previous", "found no previous bundle in '\(environment.name)'",
                hint: "promote a version instead")
        }
        let bytes = try FileChunks.bytes(environment.previous)
        let bundle = try ModelBundle.verify(bytes, trusted: try TrustedKeys(directory: environment.trusted))
        let replaced = Paths.exists(environment.current) ? try Digest.sha256(file: environment.current) : nil
        if replaced != nil { try keepCurrent() }
        try move(environment.previous, to: environment.current)
        if replaced != nil { try move(spare, to: environment.previous) }
        let receipt = Receipt(
            environment: environment.name, outcome: .rolledBack, bundle: bundle.digest, name: bundle.identity.name,
            version: bundle.identity.version, signer: bundle.signer.name, time: clock.now(), replaced: replaced,
            runtimeVersion: BundleInstaller.runtimeVersion)
        try write(receipt)
        return receipt
    }

    /// Writes the receipt of a bundle in force that has none: the program was stopped between the two. Every bundle
    /// gets a receipt.
    ///
    /// - Returns: the receipt, if one was missing.
    @discardableResult
    package func recoverReceipt() throws -> Receipt? {
        guard Paths.exists(environment.current) else { return nil }
        return try alone { try missingReceipt() }
    }

    private func missingReceipt() throws -> Receipt? {
        guard let bundle = try? current() else { return nil }
        let told = try receipts()
        // The newest that says what is in force; a bundle that was there before has come back.
        guard told.last?.bundle != bundle.digest else { return nil }
        let hasBeen = told.contains { $0.bundle == bundle.digest }
        let receipt = Receipt(
            environment: environment.name, outcome: hasBeen ? .rolledBack : .installed, bundle: bundle.digest,
            name: bundle.identity.name,
            version: bundle.identity.version, signer: bundle.signer.name,
            time: clock.now(),
            replaced: Paths.exists(environment.previous) ? try Digest.sha256(file: environment.previous) : nil,
            runtimeVersion: BundleInstaller.runtimeVersion)
        try write(receipt)
        return receipt
    }

    /// Receipts of changes of the bundle in force, oldest first. A file that is no receipt says nothing.
    private func receipts() throws -> [(time: Int, bundle: String)] {
        guard Paths.isDirectory(environment.receipts) else { return [] }
        let told = try Paths.entries(environment.receipts).compactMap { name -> (time: Int, bundle: String)? in
            guard name.hasSuffix(".json"),
                let bytes = try? FileChunks.bytes(Paths.join(environment.receipts, name)),
                let node = try? JSONParser.parse(bytes, file: name), let time = node[key: "timeNs"]?.intValue,
                let bundle = node[key: "bundle"]?.stringValue,
                node[key: "outcome"]?.stringValue != Receipt.Outcome.refused.rawValue
            else { return nil }
            return (time, bundle)
        }
        return told.sorted { ($0.time, $0.bundle) < ($1.time, $1.bundle) }
    }

    /// - Returns: whether the bundle is in force, which it is not when it was withdrawn from the inbox meanwhile, and
    ///   the digest of the one that it replaced.
    private func replaceCurrent(with path: String) throws -> (isInForce: Bool, replaced: String?) {
        try Paths.makeDirectory(environment.installed)
        let replaced = Paths.exists(environment.current) ? try Digest.sha256(file: environment.current) : nil
        if replaced != nil { try keepCurrent() }
        guard rename(path, environment.current) == 0 else {
            let error = FileError("move", path)
            try Paths.remove(spare)
            guard error.number == ENOENT else { throw error }
            return (false, nil)
        }
        if replaced != nil { try move(spare, to: environment.previous) }
        return (true, replaced)
    }

    /// What is to become the previous bundle, while the one in force changes.
    private var spare: String { environment.installed + "/.swap" }

    /// A hard link keeps the bundle in force while a rename puts another in its place: at no time is there no current
    /// bundle.
    private func keepCurrent() throws {
        try Paths.remove(spare)
        guard link(environment.current, spare) == 0 else { throw FileError("keep", environment.current) }
    }

    /// Ends what a program that was stopped between two renames began: a spare that is not in force any more is the
    /// previous bundle.
    private func recoverPrevious() throws {
        guard Paths.exists(spare) else { return }
        if Paths.exists(environment.current),
            try Digest.sha256(file: spare) == Digest.sha256(file: environment.current)
        {
            try Paths.remove(spare)
        } else {
            try move(spare, to: environment.previous)
        }
    }

    private func move(_ from: String, to target: String) throws {
        guard rename(from, target) == 0 else { throw FileError("move", from) }
    }

    private func write(_ receipt: Receipt) throws {
        let name = "\(receipt.time)-\(receipt.bundle.prefix(12)).json"
        try AtomicFile.write(receipt.json.text(.pretty) + "\n", to: Paths.join(environment.receipts, name))
    }
}
