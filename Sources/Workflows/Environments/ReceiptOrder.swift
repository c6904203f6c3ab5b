import Basics
import Deployment

extension Receipt {
    /// `NAME/VERSION`; nil where it does not say.
    var reference: String? { name.flatMap { name in version.map { "\(name)/\($0)" } } }

    /// Halts and resumes among receipts, oldest first. Those of one key go by their numbers, which no clock sets; acts
    /// of before there were numbers come first. Keys number each for itself, so between two of them their times say
    /// which came first.
    ///
    /// - Parameter receipts: with the id of the key that signed each.
    static func acts(_ receipts: [(receipt: Receipt, signer: String)]) -> [Receipt] {
        let acts = receipts.filter { $0.receipt.outcome == .halted || $0.receipt.outcome == .resumed }
        var queues = Dictionary(grouping: acts, by: \.signer).sorted { $0.key < $1.key }.map {
            Array($0.value.map(\.receipt).sorted { ($0.act ?? 0, $0.time) < ($1.act ?? 0, $1.time) }.reversed())
        }
        var sorted: [Receipt] = []
        while let next = queues.indices.filter({ !queues[$0].isEmpty }).min(by: { first, second in
            (queues[first].last?.time ?? 0) < (queues[second].last?.time ?? 0)
        }) {
            sorted.append(queues[next].removeLast())
        }
        return sorted
    }
}
