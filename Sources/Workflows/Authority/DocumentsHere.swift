import Deployment
import ModelBundles

/// The documents of an environment that lie here, and what they say of entries of the log that tell of others: a
/// document counts by the signatures that the entry holds, from one document's root keys to the next, and never by the
/// entry's word.
struct DocumentsHere {
    private let environment: String
    /// SHA-256 of those that are believed here, by their numbers.
    private let digests: [Int: String]
    /// Their root keys, by the same.
    private let roots: [Int: RootKeys]
    /// Whose signatures a document needs before which none lies here: of the pin, else of the first.
    private let first: [RootKeys]

    /// - Parameter drawnUp: root keys of a document that is about to be signed.
    init(_ files: EnvironmentFiles, drawnUp: RootKeys? = nil) {
        let believed = files.documents
        var links = files.readable.filter { believed.contains($0.authority) }
        // What the host has accepted is ours as well, whatever became of the files beside it.
        if let accepted = files.accepted { links.append(accepted) }
        environment = files.host.name
        digests = Dictionary(links.map { ($0.authority.counter, $0.digest) }) { first, _ in first }
        roots = Dictionary(links.map { ($0.authority.counter, $0.authority.root) }) { first, _ in first }
        first = [
            (try? RootPin.read(files.host.rootFile))?.root, believed.first?.root, drawnUp,
        ].compactMap(\.self)
    }

    /// Whether no document lies here that is believed.
    var isEmpty: Bool { digests.isEmpty }

    /// - Parameter entries: of that name, in the log's order.
    /// - Returns: ours, and whether one of them is so beyond doubt: it lies here, or its own signatures say so.
    func own(_ entries: [(counter: Int, entry: DocumentsOnRecord.Completed)]) -> (
        own: [Int: DocumentsOnRecord.Completed], isProven: Bool
    ) {
        var own: [Int: DocumentsOnRecord.Completed] = [:], roots = roots, isProven = false, isKept = false
        for (counter, entry) in entries {
            let isHere = entry.digest == nil ? digests[counter] != nil : digests[counter] == entry.digest
            // Of a number that lies here that very document is ours, and no other: whoever was root once could make one.
            if digests[counter] != nil, !isHere { continue }
            if let envelope = entry.envelope {
                if let root = isHere ? roots[counter] : root(of: envelope, counter, entry, after: roots) {
                    // One that is signed in the place of what nobody has any more ends all that was said beyond it
                    // by entries that hold no document.
                    if entry.isLost, own[counter]?.digest != entry.digest {
                        own = own.filter { $0.key < counter || $0.value.envelope != nil }
                    }
                    if own[counter]?.envelope == nil || entry.isLost { own[counter] = entry }
                    (roots[counter], isProven, isKept) = (root, true, true)
                }
            } else if isHere {
                own[counter] = own[counter] ?? entry
                isProven = true
            } else if !isKept, own[counter] == nil || entry.isLost {
                // Of before the log kept documents: nobody can tell any more whether they were ours.
                own[counter] = entry
            }
        }
        return (own, isProven)
    }

    /// The root keys that a document on record names; nil for one that ours have not signed.
    private func root(
        of envelope: String, _ counter: Int, _ entry: DocumentsOnRecord.Completed, after roots: [Int: RootKeys]
    ) -> RootKeys? {
        guard let document = try? AuthorityEnvelope(envelope), document.digest == entry.digest,
            document.authority.name == environment, document.authority.counter == counter
        else { return nil }
        let before = roots.filter { $0.key < counter }.max { $0.key < $1.key }.map { [$0.value] } ?? first
        func isSigned(_ root: RootKeys) -> Bool {
            root.persons(signing: document.envelope, at: document.authority.createdAt).count >= root.threshold
        }
        return before.contains(where: isSigned) && isSigned(document.authority.root) ? document.authority.root : nil
    }
}
