import Basics
import Deployment
import ModelBundles

/// Keys of an environment's hosts, and until when each of them speaks for it.
struct HostKeys: Sendable {
    /// As the last document that names them has them.
    private(set) var all: [PublicKey] = []
    /// When the first document was drawn up in which a key was a host's no more, by its id; none for one that still is.
    private(set) var ends: [String: Nanoseconds] = [:]

    /// - Parameter documents: oldest first, each followed from the one before it.
    init(_ documents: [EnvironmentAuthority]) {
        var known: [String: PublicKey] = [:]
        for document in documents {
            let hosts = document.keys.filter { $0.roles.contains(EnvironmentAuthority.Role.host) }
            for id in known.keys where ends[id] == nil && !hosts.contains(where: { $0.id == id }) {
                ends[id] = document.createdAt
            }
            for key in hosts { (known[key.id], ends[key.id]) = (key, nil) }
            // Revoked as one that is a host's no more.
            for key in document.keys where known[key.id] != nil { known[key.id]?.revoked = key.revoked }
        }
        all = known.values.sorted { $0.id < $1.id }
    }

    /// Those of the newest document.
    var present: [PublicKey] { all.filter { ends[$0.id] == nil } }

    /// Reads a receipt; what a host signed after it was taken out of the document, it signed for nobody.
    ///
    /// - Throws: as ``Receipt/read(_:hosts:in:)``.
    func read(_ bytes: [UInt8], in place: String) throws -> Receipt.Found {
        var found = try Receipt.read(bytes, hosts: all, in: place)
        if let host = found.host, let end = ends[host.id], found.receipt.time >= end { found.host = nil }
        return found
    }
}
