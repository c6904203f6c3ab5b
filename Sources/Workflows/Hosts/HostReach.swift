import Basics
import Deployment

/// What of the record's history a host can go back to. A new one in the place of one that is lost has had nothing of
/// what that one had, and refuses a rollback to it.
struct HostReach {
    private enum Known {
        /// Nobody here can tell: the host itself answers.
        case all
        /// By its memory: SHA-256 of manifests that were in force there.
        case manifests(Set<String>)
        /// By its key, and by the bundles that it keeps: a key that it had before speaks for those.
        case signed(by: String, kept: Set<String>)
    }

    private let known: Known

    init(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ bundles: DeployedBundles) throws {
        let host = files.host
        guard case .asRecorded = receipts.standing, let newest = receipts.inForce.last?.counter,
            let own = files.hostID
        else {
            known = .all
            return
        }
        if let bytes = try? SmallFile.bytes(host.stateFile, most: 1 << 26), let node = try? JSONParser.parse(bytes),
            let memory = try? RevisionHistory(node)
        {
            // A copy of the memory that lies here is older.
            known = memory.lastCounter == newest ? .manifests(Set(memory.revisions.map(\.manifest))) : .all
        } else if Paths.isDirectory(host.history) {
            known = .signed(by: own, kept: Set(try bundles.kept().map(\.digest)))
        } else {
            known = .all
        }
    }

    /// Whether the host has had what a receipt tells of.
    func holds(_ receipt: Receipt, signedBy signer: String?) -> Bool {
        switch known {
        case .all: true
        case .manifests(let manifests): receipt.manifest.map(manifests.contains) ?? true
        case .signed(let own, let kept): signer == own || kept.contains(receipt.bundle)
        }
    }
}
