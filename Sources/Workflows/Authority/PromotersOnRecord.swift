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

    init(_ files: EnvironmentFiles, _ registry: RegistryDatabase) throws {
        self.files = files
        let record = try DocumentsOnRecord(registry), own = record.own(files)
        said = record.said
        var found: [Int: (Int?, EnvironmentAuthority)] = [:]
        for (counter, entry) in own {
            guard let document = try entry.envelope.map(AuthorityEnvelope.init) else { continue }
            found[counter] = (entry.sequence, document.authority)
        }
        for document in files.documents where found[document.counter] == nil {
            found[document.counter] = (own[document.counter]?.sequence, document)
        }
        documents = found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Of the place that the record calls so: what lies there, the environment of which its hosts signed, or the one
    /// that an order names; nil where nobody here can tell, and nothing counts.
    ///
    /// - Parameter order: SHA-256 of the bundle that carries it.
    init?(at place: String, order: String, session: Session) throws {
        guard
            let files = try EnvironmentFiles.made(place, session: session)
                ?? RecordedHosts.SignedThere(place, session: session)?.files
                ?? WithdrawPromotion.documents(of: order, session: session)
        else { return nil }
        try self.init(files, session.registry())
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
        let promoters = all.flatMap { $0.keys.filter { $0.roles.contains(EnvironmentAuthority.Role.promoter) } }
        return order.action == .rollback && order.counter == counter && order.environment == files.host.name
            && !envelope.signers(among: promoters).isEmpty
    }

    /// Those of which one was the newest when an entry was made: the last that the log had completed by then, and those
    /// after it of which it does not tell when they came.
    private func possible(at entry: AuditEntry) -> [EnvironmentAuthority] {
        let last = documents.lastIndex { $0.sequence.map { $0 < entry.sequence } ?? false }
        return documents[(last ?? 0)...].prefix { $0.sequence.map { $0 < entry.sequence } ?? true }.map(\.authority)
    }

    /// The word that an entry holds, which took an order back or says that its host is lost; nil for one that no
    /// promoter of then has signed. What the entry says beside it is nobody's.
    func withdrawal(_ entry: AuditEntry, _ detail: JSONValue) -> Withdrawal? {
        guard let text = detail[key: "withdrawal"]?.stringValue, let envelope = try? Envelope(text),
            let word = try? Withdrawal(envelope), word.environment == files.host.name
        else { return nil }
        // What a key said before it was ended stands, and anybody may enter that one is: else a word of theirs would
        // bring back what was ended.
        let earlier = said.filter { $0.sequence < entry.sequence }
        let isSigned = possible(at: entry).contains { document in
            let keys = document.keys(for: EnvironmentAuthority.Role.promoter, at: entry.time).filter {
                earlier.isEmpty || KeyRevocation.end($0, said: earlier, root: document.root).isEmpty
            }
            return !envelope.signers(among: keys).isEmpty
        }
        return isSigned ? word : nil
    }
}
