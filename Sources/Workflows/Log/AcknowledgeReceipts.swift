import Basics
import Deployment
package import ModelBundles
package import Registry

/// A log whose head was just signed in; word to the hosts of the environments which of their receipts it has, so that
/// they need not keep them, out.
package enum AcknowledgeReceipts {
    /// Below so many files a host has nothing to drop.
    static let least = 256

    /// Writes a signed list into the inbox of every environment that has many receipts and whose document gives the
    /// signer the role `log`. An environment that cannot be written holds up nobody: the next head says it again.
    ///
    /// - Parameter most: files that need no list.
    /// - Returns: the environments that were told.
    @discardableResult
    package static func run(
        signer: any Signer, sequence: Int, keeping most: Int = least, registry: RegistryDatabase, session: Session
    ) throws -> [String] {
        try session.environmentNames().filter { name in
            guard let files = try? EnvironmentFiles(name, session: session), Paths.isDirectory(files.host.receipts),
                let names = try? Paths.entries(files.host.receipts), names.count > most,
                let document = try? files.inForce(at: session.clock.now())?.authority,
                document.keys(for: EnvironmentAuthority.Role.log, at: session.clock.now()).contains(where: {
                    $0.id == signer.publicKey.id
                })
            else { return false }
            let taken = Set(
                try registry.deployments(environment: files.name).compactMap { $0.envelope.map { Digest.sha256($0) } })
            let present = names.filter { $0.hasSuffix(".json") }.compactMap {
                (try? SmallFile.bytes("\(files.host.receipts)/\($0)", most: 1 << 20)).map { Digest.sha256($0) }
            }.filter(taken.contains)
            guard !present.isEmpty else { return false }
            let list = ReceiptsTaken(
                environment: document.name, sequence: sequence, receipts: present, time: session.clock.now())
            let text = try list.signed(by: signer).text + "\n"
            return
                (try? AtomicFile.write(text, to: "\(files.host.inbox)/\(sequence)\(ReceiptsTaken.suffix)")) != nil
        }
    }
}
