import Basics
import Deployment
import ModelBundles

/// Keys of an environment's hosts, and when each of them did not speak for it.
struct HostKeys: Sendable {
    /// As the last document that names them has them.
    private(set) var all: [PublicKey] = []
    /// Spans in which a key was a host's no more, by its id, oldest first: from when the first document without it was
    /// drawn up, until one that names it again; nil where none does.
    private var gaps: [String: [(from: Nanoseconds, to: Nanoseconds?)]] = [:]

    /// - Parameter documents: oldest first, each followed from the one before it.
    init(_ documents: [EnvironmentAuthority]) {
        var known: [String: PublicKey] = [:]
        for document in documents {
            let hosts = document.keys.filter { $0.roles.contains(EnvironmentAuthority.Role.host) }
            for id in known.keys where !isOut(id) && !hosts.contains(where: { $0.id == id }) {
                gaps[id, default: []].append((document.createdAt, nil))
            }
            for key in hosts {
                known[key.id] = key
                // It speaks again from now on; what it signed while it was out stays unsaid.
                if isOut(key.id), var last = gaps[key.id]?.popLast() {
                    last.to = document.createdAt
                    gaps[key.id]?.append(last)
                }
            }
            // Revoked as one that is a host's no more.
            for key in document.keys where known[key.id] != nil { known[key.id]?.revoked = key.revoked }
        }
        all = known.values.sorted { $0.id < $1.id }
    }

    /// Whether the newest document names it a host's no more.
    private func isOut(_ id: String) -> Bool { gaps[id]?.last.map { $0.to == nil } ?? false }

    /// Whether a key was taken out after a moment: what it says of before may have been dated back since.
    func wasOut(_ id: String, after time: Nanoseconds) -> Bool { gaps[id]?.contains { $0.from > time } ?? false }

    /// Those of the newest document.
    var present: [PublicKey] { all.filter { !isOut($0.id) } }

    /// Reads a receipt; what a host signed after it was taken out of the document, it signed for nobody.
    ///
    /// - Throws: as ``Receipt/read(_:hosts:in:)``.
    func read(_ bytes: [UInt8], in place: String) throws -> Receipt.Found {
        var found = try Receipt.read(bytes, hosts: all, in: place)
        let time = found.receipt.time
        if let host = found.host, let gaps = gaps[host.id],
            gaps.contains(where: { $0.from <= time && time < $0.to ?? .max })
        {
            found.host = nil
        }
        return found
    }
}
