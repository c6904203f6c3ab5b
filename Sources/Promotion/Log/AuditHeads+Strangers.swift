import Basics
import ModelBundles

/// What is kept as a head of the log and is none, or is one that nobody here vouches for. Who may write a place of
/// anchors, or the registry, can put anything there: it proves nothing, and holds up nothing.
extension AuditHeads {
    /// What an envelope is.
    enum Look {
        /// A head, signed by a key that may, or once might.
        case known(Payload, PublicKey)
        /// Signed by a key that nobody here knows, or that may sign none: why, in words.
        case stranger(String)
        /// No head, or one that has a known key's name and not its signature: damaged, or made up.
        case none(String)
    }

    static func look(_ envelope: String, keys: Keys) -> Look {
        do {
            let (payload, key) = try open(envelope, keys: keys)
            return .known(payload, key)
        } catch {
            let failure = error as? any UserFacingError, message = failure?.message ?? "\(error)"
            return ["statement.untrusted", "audit.role"].contains(failure?.code) ? .stranger(message) : .none(message)
        }
    }

    static func unreadable(_ head: Outside, _ message: String) -> String {
        "found a signed head \(head.place) that cannot be checked: \(message)"
    }

    /// What was kept as a head and is none, in words: root keys may give it up.
    package static func unreadable(_ heads: [Outside], keys: Keys) -> [(head: String, words: String)] {
        heads.filter { !keys.isLost($0.envelope) }.compactMap { head in
            guard case .none(let message) = look(head.envelope, keys: keys) else { return nil }
            return (Digest.sha256(head.envelope), unreadable(head, message))
        }
    }

    /// Heads of strangers that say something else than a log does, a sentence a place: a colleague's, whose key is not
    /// here yet, would tell of something that was cut off.
    ///
    /// - Parameter hashes: of all entries.
    package static func strangers(_ heads: [Outside], to hashes: [String], keys: Keys) -> [String] {
        // Without documents they are problems.
        guard keys.hasDocuments else { return [] }
        let found = heads.compactMap { head -> (place: String, message: String)? in
            guard !keys.isLost(head.envelope), case .stranger(let message) = look(head.envelope, keys: keys),
                !fits(head.envelope, hashes)
            else { return nil }
            return (head.place, message)
        }
        return Dictionary(grouping: found, by: \.place).sorted { $0.key < $1.key }.map { place, heads in
            let more = heads.count == 1 ? "" : " (and \(heads.count - 1) more there)"
            return "found a signed head \(place) that says something else than this log, and counts for nothing: "
                + "\(heads[0].message)\(more); where a colleague signed it, bring that key's public half: "
                + "Registry/keys/NAME.pub.json"
        }
    }

    static func fits(_ envelope: String, _ hashes: [String]) -> Bool {
        guard let payload = (try? Envelope(envelope)).flatMap({ try? Payload($0.payloadText) }) else { return false }
        return hashes.indices.contains(payload.sequence - 1) && hashes[payload.sequence - 1] == payload.hash
    }
}
