import Basics
import Deployment

/// The documents that a host has accepted: the newest in `installed/authority.json`, all of them in
/// `installed/documents`. What is gone or damaged of them is told and mended from the others: whoever can damage one
/// can lay older ones there as well, so nothing is won by stopping, and a rollback has to pass.
extension HostView {
    /// The newest document that this host has accepted, nil before the first, and what an operator should look at.
    ///
    /// Its own root keys are asked again: one flipped bit of it would be another limit. A later one among all that it
    /// has accepted is the newest, so that an older copy of the one file brings no older document back. Without that
    /// file they are followed from the pin.
    ///
    /// - Throws: ``Failure`` with code `runtime.state` where documents were accepted and none can be followed;
    ///   `authority.fork`, ``FileError``.
    func accepted() throws -> (newest: AuthorityEnvelope?, problems: [String]) {
        let kept = try keptDocuments()
        var newest: AuthorityEnvelope?, damage: String?
        if Paths.exists(directory.acceptedAuthority) {
            do { newest = try remembered() } catch let error as Failure { damage = error.message }
        } else if !kept.isEmpty {
            damage = "found accepted documents, and no installed/authority.json"
        }
        var links: [AuthorityEnvelope] = [], problems: [String] = []
        for file in kept where file.counter > newest?.authority.counter ?? 0 {
            do { links.append(try document(file.path)) } catch let error as Failure { problems.append(error.message) }
        }
        // Root keys may have changed by documents that were passed over when the next one was accepted.
        if newest == nil, let last = kept.last?.counter {
            let numbers = Set(kept.map(\.counter))
            links += try tracked().compactMap { try? document($0) }.filter {
                $0.authority.counter < last && !numbers.contains($0.authority.counter)
            }
        }
        for link in links.sorted(by: { $0.authority.counter < $1.authority.counter }) {
            do {
                newest = try AuthorityEnvelope.newest(
                    [link], pin: pin, accepted: newest, isFollowingHistory: true, at: link.authority.createdAt)
            } catch let error as Failure where error.code != "authority.fork" {
                problems.append(
                    "found among the documents that were accepted a document \(link.authority.counter), "
                        + "which does not follow from "
                        + "\(newest.map { "document \($0.authority.counter)" } ?? "the pin"): \(error.message)")
            }
        }
        guard let damage else { return (newest, problems) }
        guard let newest else {
            throw damaged(
                damage,
                next: "bring installed/ back from a backup: cp -a BACKUP/installed/. \(directory.installed)/; or copy "
                    + "the documents that were accepted there, by their numbers: cp DOCUMENT "
                    + "\(directory.documents)/NUMBER.json")
        }
        let mended =
            "\(damage); by installed/documents number \(newest.authority.counter) counts, which a look writes there "
            + "again; look for the cause"
        return (newest, [mended] + problems)
    }

    /// What `installed/authority.json` holds.
    private func remembered() throws -> AuthorityEnvelope {
        let accepted = try document(directory.acceptedAuthority), document = accepted.authority
        guard document.name == pin.environment, accepted.isComplete(at: document.createdAt) else {
            throw damaged("found installed/authority.json without the signatures that it was accepted with")
        }
        return accepted
    }

    /// Files of the documents that this host has accepted, by the numbers that they are named for.
    private func keptDocuments() throws -> [(counter: Int, path: String)] {
        guard Paths.isDirectory(directory.documents) else { return [] }
        return try Paths.entries(directory.documents, isLenient: true).compactMap { name in
            guard name.hasSuffix(".json"), let counter = Int(name.dropLast(5)) else { return nil }
            return (counter, Paths.join(directory.documents, name))
        }.sorted { $0.counter < $1.counter }
    }
}
