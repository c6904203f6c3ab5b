import Basics
import Deployment
import ModelBundles

/// Receipts that a host believes to be of its own hand: by its key, and by those that an accepted document named for a
/// host and the newest does not. A key that was replaced in the same place speaks for what the host still keeps.
///
/// Whose such a former key was nobody can tell: other hosts' were taken out as well. So it says nothing of what came
/// after it was taken out, and of orders what ``FormerReach`` lets it say.
final class OwnReceipts {
    private let view: HostView
    private let key: PublicKey
    /// Read from the documents where a receipt is found that the host's key has not signed.
    private var named: NamedHosts?

    /// - Parameter key: of the host.
    init(_ view: HostView, by key: PublicKey) { (self.view, self.key) = (view, key) }

    convenience init(_ host: TradingHost) { self.init(host.view, by: host.key.publicKey) }

    /// A receipt of that name, with the key that signed it.
    ///
    /// - Throws: as ``HostView/accepted()``.
    func found(_ name: String) throws -> Receipt.Found? {
        if let found = view.receipt(name, by: [key]) { return found }
        let hosts = try hosts(), former = hosts.former(beside: key)
        guard !former.isEmpty, let found = view.receipt(name, by: former), let signer = found.host else { return nil }
        // A halt only stops, so it counts whenever it is dated.
        guard found.receipt.outcome == .halted || hosts.spoke(signer.id, at: found.receipt.time) else { return nil }
        return found
    }

    /// A receipt of that name by any key that a document names or named for a host, whatever else is asked of it.
    func anyHost(_ name: String) throws -> Receipt? {
        view.receipt(name, by: try hosts().all + [key])?.receipt
    }

    private func hosts() throws -> NamedHosts {
        if let named { return named }
        let found = NamedHosts(try view.accepted().newest.map { try view.trail($0).documents } ?? [])
        named = found
        return found
    }

    // MARK: Answers to orders

    /// What the name of a receipt says of the answer to an order; nothing of it is believed before the signature was
    /// checked.
    struct Answer {
        let file: String
        /// Of the order.
        let number: Int
        /// Whether it came in force.
        let isRevision: Bool

        init?(_ file: String) {
            let words = file.split(separator: "-")
            guard file.hasSuffix(".json"), words.count > 2, ["revision", "refused", "withdrawn"].contains(words[0]),
                let number = Int(words[1])
            else { return nil }
            (self.file, self.number, isRevision) = (file, number, words[0] == "revision")
        }
    }

    /// The names of all answers that lie there, lowest number first.
    func answers() throws -> [Answer] {
        let place = view.directory.receipts
        guard Paths.isDirectory(place) else { return [] }
        return try Paths.entries(place, isLenient: true).compactMap(Answer.init).sorted {
            ($0.number, $0.file) < ($1.number, $1.file)
        }
    }

    /// The receipt of an answer, where it says what its name says, and who signed it.
    ///
    /// - Parameter reach: of former keys.
    func answer(_ answer: Answer, _ reach: FormerReach) throws -> Receipt.Found? {
        guard let found = try found(answer.file), found.receipt.counter == answer.number else { return nil }
        switch found.receipt.outcome {
        case .installed, .rolledBack: guard answer.isRevision else { return nil }
        case .refused, .withdrawn: guard !answer.isRevision else { return nil }
        case .halted, .resumed: return nil
        }
        guard found.host?.id == key.id || reach.includes(found.receipt, of: answer.number) else { return nil }
        return found
    }

    /// The same without its signer.
    func receipt(_ answer: Answer, _ reach: FormerReach) throws -> Receipt? { try self.answer(answer, reach)?.receipt }

    /// A revision that a receipt says came in force, and of which a memory knows nothing: a later one, or one in
    /// between that somebody left out.
    ///
    /// - Returns: ``Failure`` with code `runtime.state`.
    func missing(in history: RevisionHistory) throws -> Failure? {
        let known = Set(history.revisions.map(\.counter)), reach = FormerReach(view, history)
        // Names say which are worth a signature's check.
        for answer in try answers() where answer.isRevision && !known.contains(answer.number) {
            let number = answer.number
            guard !history.unknown.contains(where: { $0.contains(number) }),
                let found = try self.answer(answer, reach)
            else { continue }
            return lost(
                found, answer.file,
                "and an installed/state.json "
                    + (number > history.lastCounter ? "that ends at \(history.lastCounter)" : "without it"))
        }
        return nil
    }

    /// - Parameters:
    ///   - found: the receipt of a revision that the memory does not have.
    ///   - file: its name.
    ///   - words: what was found beside it.
    func lost(_ found: Receipt.Found, _ file: String, _ words: String) -> Failure {
        let error = view.damaged(
            "found a receipt of revision \(found.receipt.counter ?? 0)\(signed(found, file)), \(words)")
        return Failure(error.code, error.message, hint: away(found, file) + (error.hint ?? ""))
    }

    /// Who signed a receipt, where that was not this host's key.
    func signed(_ found: Receipt.Found, _ file: String) -> String {
        guard let signer = found.host, signer.id != key.id else { return "" }
        return " (receipts/\(file), by the former key '\(signer.name)', \(signer.id))"
    }

    /// What to do where a former key was another host's; empty for this host's key.
    func away(_ found: Receipt.Found, _ file: String) -> String {
        guard let signer = found.host, signer.id != key.id else { return "" }
        let path = Paths.join(view.directory.receipts, file)
        return "if '\(signer.name)' was another host's key, move it away: mv '\(path)' '\(path).aside'; if it was this "
            + "host's, "
    }
}

extension HostView {
    /// A receipt of that name, of this environment and by one of some keys.
    func receipt(_ name: String, by keys: [PublicKey]) -> Receipt.Found? {
        let path = Paths.join(directory.receipts, name)
        guard let file = try? HostFile.read(path, most: ReceiptsTaken.mostBytes),
            let found = try? Receipt.read(file.bytes, hosts: keys, in: path), found.host != nil,
            found.receipt.environment == directory.name
        else { return nil }
        return found
    }
}
