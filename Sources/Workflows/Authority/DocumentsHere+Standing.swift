import Basics
import Deployment
import ModelBundles

/// Which of the documents here stand: whoever stole a root key goes on with it, where nobody asks who ended it since.
extension DocumentsHere {
    /// A document that rests on keys which were ended.
    struct Unstanding {
        let document: AuthorityEnvelope
        /// The one before it that lies here.
        let before: AuthorityEnvelope?
        let by: [PublicKey]
        /// Whether the log took it up after they were ended; else nobody can tell what came first.
        let isOnRecord: Bool
        /// Whether enough keys are left of those that it follows from to sign a next one, which says that it is known.
        let isMendable: Bool
    }

    struct Standing {
        /// Root keys of those that stand, by their numbers: what follows, follows from these.
        fileprivate(set) var roots: [Int: RootKeys] = [:]
        /// Those that do not, and those of which nobody can tell, oldest first.
        fileprivate(set) var questioned: [Unstanding] = []

        /// The first that does not stand.
        var refused: Unstanding? { questioned.first(where: \.isOnRecord) }
    }

    /// Looks at each document here as of when the log took it up. The first is believed: whom it names, a pin says, or
    /// that it lies here.
    ///
    /// - Parameter entries: of that name, in the log's order.
    func standing(_ entries: [(counter: Int, entry: Entry)]) -> Standing {
        // Nobody has ended any key: all do.
        guard !said.isEmpty else { return Standing(roots: self.roots) }
        var standing = Standing(), roots: [(counter: Int, root: RootKeys)] = []
        for (index, document) in links.enumerated() {
            let counter = document.authority.counter, root = document.authority.root
            func believe() {
                guard standing.roots[counter] == nil else { return }
                standing.roots[counter] = root
                roots.append((counter, root))
            }
            guard let earlier = roots.last(where: { $0.counter < counter })?.root else {
                believe()
                continue
            }
            let both = [earlier, root], entry = entry(of: document, both, entries)
            var by = ended(under: document, both, before: entry ?? .max), isOnRecord = entry != nil
            // Of statements that lie in files alone nobody can tell whether they were said before it.
            if by == nil, let entry {
                by = ended(under: document, both, before: entry, withFiles: true)
                isOnRecord = false
            }
            // A later one by those whose keys are left says that they know it: whoever signed it was shown it.
            let isKnown =
                by != nil
                && links[(index + 1)...].contains { later in
                    later.authority.counter > counter
                        && isSigned(later, by: earlier, before: self.entry(of: later, both, entries) ?? .max)
                }
            guard let by, !isKnown else {
                believe()
                continue
            }
            // What nobody's ended key has signed is believed by other means than these, but for what follows from one
            // that does not stand.
            if by.isEmpty {
                if standing.refused == nil { believe() }
                continue
            }
            standing.questioned.append(
                Unstanding(
                    document: document, before: links.last { $0.authority.counter < counter }, by: by,
                    isOnRecord: isOnRecord, isMendable: isEnough(earlier, for: root)))
            if !isOnRecord { believe() }
        }
        return standing
    }

    /// When the log took a document up: by the first entry that holds it with its signatures, whoever ended them, or
    /// that told of it before the log held any. An entry of its digest alone is the word of whoever writes the log.
    ///
    /// - Returns: the entry's number; nil where it did not.
    private func entry(
        of document: AuthorityEnvelope, _ roots: [RootKeys], _ entries: [(counter: Int, entry: Entry)]
    ) -> Int? {
        let told = entries.first { $0.entry.envelope != nil }?.entry.sequence ?? .max
        return entries.first { counter, entry in
            guard counter == document.authority.counter, entry.digest == document.digest else { return false }
            guard let text = entry.envelope else { return entry.sequence < told }
            guard let held = try? AuthorityEnvelope(text), held.digest == entry.digest else { return false }
            return roots.allSatisfy { isSigned(held, by: $0, but: []) }
        }?.entry.sequence
    }

    /// Who signed a document with a key that was ended by then, where too few others did.
    ///
    /// - Returns: nil where enough others did.
    private func ended(
        under document: AuthorityEnvelope, _ roots: [RootKeys], before sequence: Int, withFiles: Bool = false
    ) -> [PublicKey]? {
        let short = roots.compactMap { root in
            let ended = ended(of: root, before: sequence, withFiles: withFiles)
            return isSigned(document, by: root, but: ended) ? nil : ended
        }
        guard !short.isEmpty else { return nil }
        return short.lazy.map { document.envelope.signers(among: $0) }.first { !$0.isEmpty } ?? []
    }

    /// Whether those keys of some that nobody has ended can sign what follows them, and what follows a questioned
    /// document, whose other root keys are perhaps a thief's.
    private func isEnough(_ earlier: RootKeys, for root: RootKeys) -> Bool {
        let ended = Set(ended(of: earlier, before: .max).map(\.id))
        let left = earlier.keys.filter { !ended.contains($0.id) && $0.revoked == nil }
        let both = left.filter { key in root.keys.contains { $0.id == key.id } }
        return PlainName.distinct(left.map(\.person)).count >= earlier.threshold
            && PlainName.distinct(both.map(\.person)).count >= root.threshold
    }

    // MARK: Signatures

    /// A key that those who may had ended by then signs nothing more: whoever stole it would go on with it.
    func isSigned(_ document: AuthorityEnvelope, by root: RootKeys, before sequence: Int) -> Bool {
        isSigned(document, by: root, but: ended(of: root, before: sequence))
    }

    private func isSigned(_ document: AuthorityEnvelope, by root: RootKeys, but ended: [PublicKey]) -> Bool {
        let at = document.authority.createdAt
        let keys = root.keys.filter { key in key.objection(at: at) == nil && !ended.contains { $0.id == key.id } }
        return PlainName.distinct(document.envelope.signers(among: keys).map(\.person)).count >= root.threshold
    }

    /// Root keys that were ended before an entry, as the log has it; all that were where that is `.max`.
    ///
    /// - Parameter withFiles: whether what lies in files alone counts as said before.
    func ended(of root: RootKeys, before sequence: Int, withFiles: Bool = false) -> [PublicKey] {
        let earlier = said.filter { $0.sequence < sequence || (withFiles || sequence == .max) && $0.sequence == .max }
        guard !earlier.isEmpty else { return [] }
        return root.keys.filter { !KeyRevocation.end($0, said: earlier, root: root).isEmpty }
    }
}
