import Basics
import Deployment
import ModelBundles
import Registry

/// Hosts that are lost by a promoter's signed word on record, whether or not an order waited for them: a machine that
/// burned signs no halt any more.
struct LostHosts {
    /// Of an entry whose word ended no order.
    static let action = "host.lost"

    private struct Word {
        let withdrawal: Withdrawal
        /// Whether it took an order back, which the host must not have taken since.
        let isOfOrder: Bool
    }

    private let words: [Word]

    /// - Parameter files: of the environment.
    init(_ files: EnvironmentFiles, session: Session) throws {
        let registry = try session.registry()
        var promoters: PromotersOnRecord?, found: [Word] = []
        for action in ["promotion.withdrawn", "rollback.withdrawn", LostHosts.action] {
            for entry in try registry.auditEntries(actionPrefix: action) where entry.action == action {
                guard let detail = try? JSONParser.parse(entry.detail), detail[key: "hostIsLost"]?.boolValue == true
                else { continue }
                // Followed once, and only where anybody said so.
                let own = try promoters ?? PromotersOnRecord(files, registry)
                promoters = own
                guard let word = own.withdrawal(entry, detail), word.isHostLost, word.host != nil else { continue }
                found.append(Word(withdrawal: word, isOfOrder: action != LostHosts.action))
            }
        }
        words = found
    }

    /// Whether such a word stands: a host that has signed anything since, or took what was taken back, was not lost.
    ///
    /// - Parameters:
    ///   - key: id of the host's key.
    ///   - receipts: what is known that hosts signed there, with the ids of their keys.
    func contains(_ key: String, _ receipts: [(receipt: Receipt, signer: String)]) -> Bool {
        let own = receipts.filter { $0.signer == key }.map(\.receipt)
        return words.contains { word in
            let said = word.withdrawal
            return said.host == key
                && !own.contains { receipt in
                    let isInForce = receipt.outcome == .installed || receipt.outcome == .rolledBack
                    let number = receipt.counter ?? 0
                    let isTaken = word.isOfOrder ? number >= said.counter : number > said.counter
                    return receipt.time > said.time || isInForce && isTaken
                }
        }
    }

    /// The key of the host that signed last what came in force; where nothing did, of the one that signed last.
    static func last(_ receipts: [(receipt: Receipt, signer: String)]) -> (receipt: Receipt, signer: String)? {
        let inForce = receipts.filter { $0.receipt.outcome == .installed || $0.receipt.outcome == .rolledBack }
        return (inForce.isEmpty ? receipts : inForce).max {
            ($0.receipt.counter ?? 0, $0.receipt.time) < ($1.receipt.counter ?? 0, $1.receipt.time)
        }
    }
}
