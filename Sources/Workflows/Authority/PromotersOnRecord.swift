import Basics
import Deployment
import ModelBundles
import Registry

/// Who could promote in an environment when an entry came on record: whoever can write the log can write that something
/// was taken back, and it counts by a promoter's signature alone. Before and after are told by the log's order, so that
/// nobody who was a promoter once dates a word back.
struct PromotersOnRecord {
    /// Where the documents of the environment lie.
    let files: EnvironmentFiles
    /// What each document let promote, and the entry that completed it; nil where the log does not tell, since it came
    /// from a clone with another. By number.
    private let documents: [(sequence: Int?, authority: EnvironmentAuthority)]
    private let said: [KeyRevocation.Said]
    /// The first of which nobody can tell whether its signers were root keys still; `.max` where everybody can.
    private let questioned: Int

    init(_ files: EnvironmentFiles, _ registry: RegistryDatabase) throws {
        self.files = files
        let record = try DocumentsOnRecord(registry), own = record.own(files)
        said = record.said
        var found: [Int: (Int?, EnvironmentAuthority)] = [:]
        for (counter, entry) in own {
            guard let document = try entry.envelope.map(AuthorityEnvelope.init) else { continue }
            found[counter] = (entry.sequence, document.authority)
        }
        // Whom one names that rests on ended keys, nobody has named.
        let standing = record.standing(files)
        questioned = standing.questioned
        for document in files.documents
        where found[document.counter] == nil && standing.numbers.contains(document.counter) {
            found[document.counter] = (own[document.counter]?.sequence, document)
        }
        documents = found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Of the place that the record calls so: what lies there, the environment that an order names, or the one of which
    /// its hosts signed; nil where nobody here can tell, and nothing counts.
    ///
    /// - Parameter order: SHA-256 of the bundle that carries it.
    init?(at place: String, order: String, session: Session) throws {
        guard
            let files = try EnvironmentFiles.made(place, session: session)
                ?? WithdrawPromotion.documents(of: order, session: session)
                ?? RecordedHosts.SignedThere(place, session: session)?.files
        else { return nil }
        try self.init(files, session.registry())
        if documents.isEmpty { return nil }
    }

    /// Whether a bundle carries a rollback's order that a promoter of then has signed, with that number. Who signed the
    /// rest of it ordered the version once, and may be nobody any more.
    ///
    /// - Parameter bytes: of the bundle.
    func isOrder(_ bytes: [UInt8], counter: Int, _ entry: AuditEntry) -> Bool {
        guard let envelope = ModelBundle.order(in: bytes), let order = try? DeploymentOrder(envelope) else {
            return false
        }
        // Where the log tells of none, all: no order vanishes for that.
        let possible = possible(at: entry), all = possible.isEmpty ? documents.map(\.authority) : possible
        // As a host weighs it: a key that the document itself has as revoked orders nothing.
        let promoters = all.flatMap { $0.keys(for: EnvironmentAuthority.Role.promoter, at: entry.time) }
        return order.action == .rollback && order.counter == counter && order.environment == files.host.name
            && !envelope.signers(among: promoters).isEmpty
    }

    /// Those of which one was the newest when an entry was made: the last that the log had completed by then, and those
    /// after it of which it does not tell when they came.
    private func possible(at entry: AuditEntry) -> [EnvironmentAuthority] {
        // Of those without an entry their root keys say when: what lies here and was drawn up before has replaced what
        // came before it.
        let last = documents.lastIndex { sequence, document in
            sequence.map { $0 < entry.sequence }
                ?? (document.createdAt.saturatingPlus(Admission.clockTolerance) <= entry.time)
        }
        return documents[(last ?? 0)...].prefix { $0.sequence.map { $0 < entry.sequence } ?? true }.map(\.authority)
    }

    /// The word that an entry holds, which took an order back or says that its host is lost; nil for one that no
    /// promoter of then has signed. What the entry says beside it is nobody's.
    func withdrawal(_ entry: AuditEntry, _ detail: JSONValue) -> Withdrawal? {
        guard let text = detail[key: "withdrawal"]?.stringValue, let envelope = try? Envelope(text),
            let word = try? Withdrawal(envelope), word.environment == files.host.name,
            // A word of one order takes back no other.
            detail[key: "bundle"]?.stringValue == word.bundle
        else { return nil }
        // What a key said before it was ended stands, and anybody may enter that one is: else a word of theirs would
        // bring back what was ended.
        let earlier = said.filter { $0.sequence < entry.sequence }
        // Whom a questioned document names, or one that follows from it, orders here, which is told; what a word of
        // theirs would end, nobody would be told of.
        let possible = possible(at: entry).filter { $0.counter < questioned }
        let isSigned = possible.contains { document in
            // Whoever could have ended it by then, by any of them, has.
            let keys = document.keys(for: EnvironmentAuthority.Role.promoter, at: entry.time).filter { key in
                earlier.isEmpty
                    || possible.allSatisfy { KeyRevocation.end(key, said: earlier, root: $0.root).isEmpty }
            }
            return !envelope.signers(among: keys).isEmpty
        }
        return isSigned ? word : nil
    }
}
