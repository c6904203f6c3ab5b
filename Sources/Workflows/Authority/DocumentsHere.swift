import Basics
import Deployment
import ModelBundles

/// The documents of an environment that lie here, and what they say of entries of the log that tell of others.
///
/// A name in a registry belongs to whom the first document on record is of: whoever can write the registry can write
/// entries, with documents of any root keys, after it. From there on an entry counts by the signatures that it holds,
/// from one document's root keys to the next, and never by its word: what the log holds with its signatures is never
/// lost, so that nothing that is said later takes its place, or moves when it was completed. Entries of before the log
/// kept documents are ours where the first of them is.
struct DocumentsHere {
    typealias Entry = DocumentsOnRecord.Completed

    let environment: String
    /// SHA-256 of those that are believed here, by their numbers.
    private let digests: [Int: String]
    /// What the host has accepted, which may be another of a number that lies here.
    let accepted: (counter: Int, digest: String)?
    /// Their root keys, by the same.
    let roots: [Int: RootKeys]
    /// Each once, oldest first.
    let links: [AuthorityEnvelope]
    /// Signed statements that a key counts no more, as the log has them, and perhaps files beside it.
    let said: [KeyRevocation.Said]

    init(_ files: EnvironmentFiles, said: [KeyRevocation.Said]) {
        self.said = said
        let believed = files.documents, atHost = files.accepted
        // Of one number few lie here: those are compared in full.
        let byNumber = Dictionary(grouping: believed, by: \.counter)
        var links = files.readable.filter { byNumber[$0.authority.counter]?.contains($0.authority) == true }
        // What the host has accepted is ours as well, whatever became of the files beside it.
        if let atHost { links.append(atHost) }
        environment = files.host.name
        accepted = atHost.map { ($0.authority.counter, $0.digest) }
        // The newest lies in two places.
        var seen: Set<String> = []
        links = links.filter { seen.insert($0.digest).inserted }.sorted { $0.authority.counter < $1.authority.counter }
        self.links = links
        digests = Dictionary(links.map { ($0.authority.counter, $0.digest) }) { first, _ in first }
        roots = Dictionary(links.map { ($0.authority.counter, $0.authority.root) }) { first, _ in first }
    }

    /// Whether no document lies here that is believed.
    var isEmpty: Bool { digests.isEmpty }

    /// Whether the name is ours.
    ///
    /// - Parameter entries: of that name, in the log's order.
    func owns(_ entries: [(counter: Int, entry: DocumentsOnRecord.Completed)]) -> Bool {
        guard let first = entries.first else { return true }
        // What our own root keys signed is ours, though another of its number lies here.
        if isHere(first.counter, first.entry)
            || root(of: first.entry, first.counter, after: roots, isFirst: false) != nil
        {
            return true
        }
        // The first one may be gone here; what follows from it by its signatures is its owner's.
        guard first.entry.envelope != nil else { return false }
        return ownersChain(entries).contains { isHere($0.counter, $0.entry) }
    }

    /// Those of the name's owner, by their numbers; none where that is somebody else.
    ///
    /// - Parameter entries: of that name, in the log's order.
    func own(_ entries: [(counter: Int, entry: DocumentsOnRecord.Completed)]) -> [Int: DocumentsOnRecord.Completed] {
        guard isEmpty || owns(entries) else { return [:] }
        var own: [Int: Entry] = [:]
        // Behind entries that hold no document nobody can tell whose the first that one holds is.
        let isTold = entries.first?.entry.envelope != nil
        let proven = isEmpty ? (isTold ? ownersChain(entries) : []) : following(entries)
        let first = proven.first?.entry.sequence ?? .max
        for (counter, entry) in entries where entry.envelope == nil {
            // Of a number that lies here that very document is ours, and no other: whoever was root once could make
            // one. What the log says of others without the document, nobody can tell any more; after the first that it
            // holds it says nothing: anybody can enter the digest of what came with a push.
            guard entry.sequence < first, isHere(counter, entry) || digests[counter] == nil else { continue }
            if own[counter] == nil { own[counter] = entry }
        }
        for (counter, entry) in proven {
            let known = own[counter]
            if let known, known.digest == entry.digest {
                own[counter] = joined(known, entry)
                continue
            }
            // In the place of one that the log holds, or without saying that nobody has that one, comes none.
            guard known == nil || known?.envelope == nil && entry.isLost else { continue }
            // One that is signed in the place of what nobody has any more ends all that was said beyond it by entries
            // that hold no document.
            if entry.isLost {
                own = own.filter { $0.key < counter || $0.value.envelope != nil || isHere($0.key, $0.value) }
            }
            own[counter] = entry
        }
        return own
    }

    /// Two entries of one document: it was completed when the first said so, and is what either of them holds.
    private func joined(_ a: Entry, _ b: Entry) -> Entry {
        let first = a.sequence < b.sequence ? a : b
        return Entry(
            sequence: first.sequence, digest: first.digest, envelope: a.envelope ?? b.envelope, isLost: first.isLost,
            signer: first.signer)
    }

    /// A document of the owner's on record in whose place another one lies here, or, where none does, at the host: who
    /// was root before it can make one, and a host that has not seen the record's takes it. Of a number the log's first
    /// word counts, whether it holds the document or not.
    ///
    /// - Parameter entries: of that name, in the log's order.
    func fork(_ entries: [(counter: Int, entry: DocumentsOnRecord.Completed)]) -> (
        counter: Int, entry: DocumentsOnRecord.Completed, isAtHost: Bool
    )? {
        guard let first = entries.first, let told = entries.first(where: { $0.entry.envelope != nil }), owns(entries)
        else { return nil }
        var firsts: [Int: Entry] = [:]
        for (counter, entry) in entries where firsts[counter] == nil { firsts[counter] = entry }
        // Of what lies here the log told before it held any.
        let known = firsts.filter {
            $0.value.envelope == nil && $0.value.sequence < told.entry.sequence && isHere($0.key, $0.value)
        }.keys
        // Whose the first is that holds a document, those say that lie here, are older and stand.
        let before =
            first.entry.envelope == nil
            ? standing(entries).roots.filter { $0.key < told.counter || known.contains($0.key) } : nil
        let chain = ownersChain(entries, after: before).filter { !known.contains($0.counter) }
        if let here = chain.first(where: { counter, entry in digests[counter].map { $0 != entry.digest } ?? false }) {
            return (here.counter, here.entry, false)
        }
        guard let accepted else { return nil }
        return chain.first { $0.counter == accepted.counter && $0.entry.digest != accepted.digest }.map {
            ($0.counter, $0.entry, true)
        }
    }

    /// SHA-256 of the one of a number that lies here.
    func digest(_ counter: Int) -> String { digests[counter] ?? "none" }

    /// Numbers of documents that lie here, from one on.
    func numbers(from first: Int) -> [Int] { digests.keys.filter { $0 >= first }.sorted() }

    private func isHere(_ counter: Int, _ entry: Entry) -> Bool { digests[counter] == entry.digest }

    /// The first document on record, and those that follow from it by the signatures that they hold. Of one number the
    /// first counts.
    ///
    /// - Parameter before: root keys of documents of before the log held any; nil where it has held all.
    private func ownersChain(_ entries: [(counter: Int, entry: Entry)], after before: [Int: RootKeys]? = nil) -> [(
        counter: Int, entry: Entry
    )] {
        var roots = before ?? [:]
        return entries.filter { counter, entry in
            guard roots[counter] == nil,
                let root = root(of: entry, counter, after: roots, isFirst: before == nil && roots.isEmpty)
            else { return false }
            roots[counter] = root
            return true
        }
    }

    /// Entries of documents that lie here and stand, and of those that follow from them. Of one number the first
    /// counts.
    private func following(_ entries: [(counter: Int, entry: Entry)]) -> [(counter: Int, entry: Entry)] {
        let standing = standing(entries).roots
        var roots = standing, taken: Set<Int> = []
        return entries.filter { counter, entry in
            guard !taken.contains(counter) else { return false }
            let isHere = isHere(counter, entry)
            // What lies here is believed; that the entry holds it in full is all that is asked.
            guard digests[counter] == nil || isHere && standing[counter] != nil,
                let root = root(of: entry, counter, after: roots, isFirst: isHere)
            else { return false }
            taken.insert(counter)
            roots[counter] = root
            return true
        }
    }

    /// The root keys that a document on record names; nil for one that those before it have not signed.
    private func root(of entry: Entry, _ counter: Int, after roots: [Int: RootKeys], isFirst: Bool) -> RootKeys? {
        guard let text = entry.envelope, let document = try? AuthorityEnvelope(text), document.digest == entry.digest,
            document.authority.name == environment, document.authority.counter == counter,
            isSigned(document, by: document.authority.root, before: entry.sequence)
        else { return nil }
        let before = roots.filter { $0.key < counter }.max { $0.key < $1.key }?.value
        // What lies here is believed, but for what rests on keys that were ended before the log took it up.
        let isBelieved = isFirst && before.map { ended(of: $0, before: entry.sequence).isEmpty } ?? true
        return isBelieved || before.map { isSigned(document, by: $0, before: entry.sequence) } == true
            ? document.authority.root : nil
    }
}
