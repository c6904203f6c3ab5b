import Basics
import Deployment

/// An environment that has documents, none of which can be believed now.
struct UnfollowedEnvironment: Sendable {
    let name: String
    /// Why.
    let reason: String
    /// What its documents, read as they lie there, ask for: enough to keep others from deciding it, and no more. Nil
    /// where some cannot be read: it may ask for anything.
    let policies: [(name: String, digest: String)]?

    init(_ name: String, because reason: String, session: Session) {
        (self.name, self.reason) = (name, reason)
        let place = session.environmentPath(name), kept = "\(place)/authority"
        let names = Paths.isDirectory(kept) ? try? Paths.entries(kept, isLenient: true) : []
        let files = (names ?? []).filter { $0.hasSuffix(".json") }.map { "\(kept)/\($0)" }
        let all = (files + ["\(place)/authority.json"]).filter { Paths.exists($0) }
        let read = all.compactMap { path in
            (try? SmallFile.bytes(path, most: 1 << 20)).flatMap {
                try? AuthorityEnvelope(String(decoding: $0, as: UTF8.self)).authority.policy
            }
        }
        policies = names != nil && !all.isEmpty && read.count == all.count ? read : nil
    }

    /// One of which nothing is left but the log.
    ///
    /// - Parameter policies: digests of what its documents asked for; an empty one where the log does not tell.
    init(_ name: String, because reason: String, policies: [String]) {
        (self.name, self.reason) = (name, reason)
        self.policies = policies.contains("") ? nil : policies.map { (name: "", digest: $0) }
    }

    static func hasDocuments(_ name: String, session: Session) -> Bool {
        let place = session.environmentPath(name)
        return Paths.exists("\(place)/authority.json") || Paths.isDirectory("\(place)/authority")
    }
}
