import Basics
import Deployment
import ModelBundles

/// Receipts that a host believes to be of its own hand: by its key, and by those that an accepted document named for a
/// host and the newest does not. A key that was replaced in the same place speaks for what the host still keeps.
final class OwnReceipts {
    private let view: HostView
    private let key: PublicKey
    /// Read from the documents where a receipt is found that the host's key has not signed.
    private var former: [PublicKey]?

    /// - Parameter key: of the host.
    init(_ view: HostView, by key: PublicKey) { (self.view, self.key) = (view, key) }

    convenience init(_ host: TradingHost) { self.init(host.view, by: host.key.publicKey) }

    /// A receipt of that name, with the key that signed it.
    ///
    /// - Throws: as ``HostView/accepted()``.
    func found(_ name: String) throws -> Receipt.Found? {
        if let found = view.receipt(name, by: [key]) { return found }
        let keys = try former ?? formerKeys()
        former = keys
        return keys.isEmpty ? nil : view.receipt(name, by: keys)
    }

    private func formerKeys() throws -> [PublicKey] {
        guard let newest = try view.accepted().newest else { return [] }
        let role = EnvironmentAuthority.Role.host, present = newest.authority.keys.filter { $0.roles.contains(role) }
        return DocumentTrail.once(try view.trail(newest).documents) { $0.roles.contains(role) }.map(\.key).filter {
            former in former.id != key.id && !present.contains { $0.id == former.id }
        }
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

    /// The names of all answers that lie there.
    func answers() throws -> [Answer] {
        let place = view.directory.receipts
        guard Paths.isDirectory(place) else { return [] }
        return try Paths.entries(place, isLenient: true).compactMap(Answer.init)
    }

    /// The receipt of an answer, where it says what its name says.
    func receipt(_ answer: Answer) throws -> Receipt? {
        guard let receipt = try found(answer.file)?.receipt, receipt.counter == answer.number else { return nil }
        switch receipt.outcome {
        case .installed, .rolledBack: return answer.isRevision ? receipt : nil
        case .refused, .withdrawn: return answer.isRevision ? nil : receipt
        case .halted, .resumed: return nil
        }
    }

    /// A revision that a receipt says came in force, and of which a memory knows nothing: a later one, or one in
    /// between that somebody left out.
    ///
    /// - Returns: ``Failure`` with code `runtime.state`.
    func missing(in history: RevisionHistory) throws -> Failure? {
        let known = Set(history.revisions.map(\.counter))
        // Names say which are worth a signature's check.
        for answer in try answers() where answer.isRevision && !known.contains(answer.number) {
            let number = answer.number
            guard !history.unknown.contains(where: { $0.contains(number) }), try receipt(answer) != nil else {
                continue
            }
            return view.damaged(
                "found a receipt of revision \(number), and an installed/state.json "
                    + (number > history.lastCounter ? "that ends at \(history.lastCounter)" : "without it"))
        }
        return nil
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
