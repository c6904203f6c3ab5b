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

    /// Whether a bundle waits in the inbox.
    package var hasMail: Bool {
        guard Paths.isDirectory(environment.inbox) else { return false }
        return !((try? Paths.files(below: environment.inbox)) ?? []).filter { $0.hasSuffix(".hftbundle") }.isEmpty
    }

    /// Works through the inbox in name order.
    ///
    /// - Returns: the receipts, and the bundle that is in force afterwards if it changed.
    /// - Throws: ``FileError``; a bundle that is refused is no error but a receipt.
    package func processInbox() throws -> (receipts: [Receipt], installed: ModelBundle?) {
        guard hasMail else { return ([], nil) }
        let trusted = try TrustedKeys(directory: environment.trusted)
        var receipts: [Receipt] = []
        var installed: ModelBundle?
        for file in try Paths.files(below: environment.inbox) where file.hasSuffix(".hftbundle") {
            let path = Paths.join(environment.inbox, file)
            let bytes = try FileChunks.bytes(path)
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
                receipt.replaced = try replaceCurrent(with: path)
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
    package func rollBack() throws -> Receipt {
        guard Paths.exists(environment.previous) else {
            throw Failure(
                "runtime.no-previous", "found no previous bundle in '\(environment.name)'",
                hint: "promote a version instead")
        }
        let bytes = try FileChunks.bytes(environment.previous)
        let bundle = try ModelBundle.verify(bytes, trusted: try TrustedKeys(directory: environment.trusted))
        let replaced = Paths.exists(environment.current) ? try Digest.sha256(file: environment.current) : nil
        let spare = environment.installed + "/.swap"
        try move(environment.previous, to: spare)
        if replaced != nil { try move(environment.current, to: environment.previous) }
        try move(spare, to: environment.current)
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
        guard let bundle = try? current() else { return nil }
        let names = Paths.isDirectory(environment.receipts) ? try Paths.entries(environment.receipts) : []
        guard !names.contains(where: { $0.hasSuffix("-\(bundle.digest.prefix(12)).json") }) else { return nil }
        let receipt = Receipt(
            environment: environment.name, outcome: .installed, bundle: bundle.digest, name: bundle.identity.name,
            version: bundle.identity.version, signer: bundle.signer.name,
            time: clock.now(),
            replaced: Paths.exists(environment.previous) ? try Digest.sha256(file: environment.previous) : nil,
            runtimeVersion: BundleInstaller.runtimeVersion)
        try write(receipt)
        return receipt
    }

    private func replaceCurrent(with path: String) throws -> String? {
        try Paths.makeDirectory(environment.installed)
        var replaced: String?
        if Paths.exists(environment.current) {
            replaced = try Digest.sha256(file: environment.current)
            // A hard link keeps the old bundle under both names until the rename below replaces one of them: at no time
            // is there no current bundle.
            try Paths.remove(environment.previous)
            guard link(environment.current, environment.previous) == 0 else {
                throw FileError("keep", environment.previous)
            }
        }
        try move(path, to: environment.current)
        return replaced
    }

    private func move(_ from: String, to target: String) throws {
        guard rename(from, target) == 0 else { throw FileError("move", from) }
    }

    private func write(_ receipt: Receipt) throws {
        let name = "\(receipt.time)-\(receipt.bundle.prefix(12)).json"
        try AtomicFile.write(receipt.json.text(.pretty) + "\n", to: Paths.join(environment.receipts, name))
    }
}
