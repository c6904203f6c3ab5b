package import Basics
package import ModelBundles

/// An environment's documents up to the newest, and every key that one of them named.
///
/// A key that a later document names no more is as the last one had it: one that was revoked stays so, one that was
/// merely taken out signed while it was good. New orders and verdicts are never judged by it, only what was in force
/// before.
package struct DocumentTrail: Sendable, Equatable {
    /// Oldest first; each followed from the one before it.
    package let documents: [EnvironmentAuthority]

    /// - Parameters:
    ///   - links: documents to look at, in any order.
    ///   - newest: what is believed now; documents after it, and those that do not follow from the pin, say nothing.
    package init(_ links: [AuthorityEnvelope], pin: RootPin, newest: AuthorityEnvelope) {
        documents =
            DocumentTrail.followed(links, pin: pin).filter { $0.counter < newest.authority.counter } + [
                newest.authority
            ]
    }

    /// The newest document alone.
    package init(_ newest: AuthorityEnvelope) { documents = [newest.authority] }

    /// Those of some documents whose root signatures hold from the pin on, oldest first. What does not follow from
    /// those before it is passed over.
    package static func followed(_ links: [AuthorityEnvelope], pin: RootPin) -> [EnvironmentAuthority] {
        var newest: AuthorityEnvelope?
        return links.sorted { $0.authority.counter < $1.authority.counter }.compactMap { link in
            // By its own date: this is about who signed it, and not about now.
            let at = link.authority.createdAt
            guard let next = try? AuthorityEnvelope.newest([link], pin: pin, accepted: newest, at: at),
                next.digest == link.digest, next.digest != newest?.digest
            else { return nil }
            newest = next
            return next.authority
        }
    }

    /// Every key that was named, as the last document that named it has it.
    package var keys: [PublicKey] { DocumentTrail.keys(of: documents) }

    /// The same of documents that follow each other, oldest first.
    package static func keys(of documents: [EnvironmentAuthority]) -> [PublicKey] {
        var known: [String: PublicKey] = [:]
        for document in documents { for key in document.keys { known[key.id] = key } }
        return known.values.sorted { $0.id < $1.id }
    }

    /// Keys that one of some documents gave what somebody asks for, in the order of their ids, each as the last one
    /// that did had it: good until the next document was drawn up, with every name that it ever had.
    ///
    /// Taking a key out of a document takes back nothing that was said with it while it was in. Revoking it does.
    ///
    /// - Parameter documents: each followed from the one before it.
    package static func once(_ documents: [EnvironmentAuthority], _ holds: (PublicKey) -> Bool) -> [(
        key: PublicKey, names: Set<String>
    )] {
        var found: [String: (key: PublicKey, names: Set<String>)] = [:]
        for (index, document) in documents.enumerated() {
            for key in document.keys {
                let names = (found[key.id]?.names ?? []).union([key.name])
                guard holds(key) else {
                    if let revoked = key.revoked { found[key.id]?.key.revoked = revoked }
                    continue
                }
                var kept = key
                if index + 1 < documents.count {
                    kept.expiresAt = min(key.expiresAt ?? .max, documents[index + 1].createdAt)
                }
                found[key.id] = (kept, names)
            }
        }
        return found.values.sorted { $0.key.id < $1.key.id }
    }

    /// Why what came into force then was an emergency, for people; nil where the document of that time still counted.
    package func emergency(at time: Nanoseconds) -> String? {
        (documents.last { $0.createdAt <= time } ?? documents.first)?.emergency(at: time)
    }
}

extension EnvironmentAuthority {
    /// Why a rollback at a moment is an emergency, for people; nil where the document counts.
    package func emergency(at time: Nanoseconds) -> String? {
        time < expiresAt ? nil : "document \(counter) expired at \(TimeText.seconds(expiresAt))"
    }
}
