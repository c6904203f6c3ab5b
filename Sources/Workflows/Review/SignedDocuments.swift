package import Basics
import Deployment

/// A document of an environment that its root keys signed: who changed the rules, when, and to what.
package struct SignedDocument: Sendable, Equatable {
    package let environment: String
    package let counter: Int
    /// SHA-256.
    package let digest: String
    /// As the document says.
    package let createdAt: Nanoseconds
    /// Persons of its root keys.
    package let signers: [String]
    /// Against the document before it, a line each; all that it says where that is not here.
    package let changes: [String]

    /// Those of every environment that lies here, whichever registry was there when they were signed: what counts of
    /// them are their signatures.
    ///
    /// - Returns: oldest first; and places of which nobody can tell, a sentence each.
    static func all(in span: Range<Nanoseconds>, session: Session) throws -> (found: [SignedDocument], unread: [String])
    {
        var found: [SignedDocument] = [], unread: [String] = []
        for name in try session.environmentNames() {
            do {
                guard let files = try EnvironmentFiles.made(name, session: session) else { continue }
                var links: [Int: AuthorityEnvelope] = [:]
                let followed = files.documents
                for link in try files.chain() where followed.contains(link.authority) {
                    links[link.authority.counter] = link
                }
                for (counter, link) in links where span.contains(link.authority.createdAt) {
                    found.append(
                        SignedDocument(
                            environment: name, counter: counter, digest: link.digest,
                            createdAt: link.authority.createdAt, signers: EnvironmentFiles.signers(link),
                            changes: DocumentChanges.lines(links[counter - 1]?.authority, link.authority)))
                }
            } catch {
                let reason = (error as? any UserFacingError)?.message ?? "\(error)"
                unread.append("cannot tell what root keys of '\(name)' signed: \(reason)")
            }
        }
        return (
            found.sorted { ($0.createdAt, $0.environment, $0.counter) < ($1.createdAt, $1.environment, $1.counter) },
            unread
        )
    }
}
