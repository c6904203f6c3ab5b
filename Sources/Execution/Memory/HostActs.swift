import Basics
import Deployment

/// Halts and resumes that a host has signed. Each has a number, one above the one before, so that a clock that was set
/// back changes nothing of which came last.
struct HostActs {
    private let host: TradingHost

    init(_ host: TradingHost) { self.host = host }

    /// What a file's name says of an act; nothing of it is believed before the signature was checked.
    private struct Name {
        let file: String
        /// 0 for an act of a host of before, which gave no numbers.
        let number: Int
        let time: Nanoseconds
        let outcome: Receipt.Outcome

        init?(_ file: String) {
            guard file.hasSuffix(".json") else { return nil }
            var words = file.dropLast(".json".count).split(separator: "-", omittingEmptySubsequences: false)
            guard let last = words.popLast(), let outcome = Receipt.Outcome(rawValue: String(last)),
                outcome == .halted || outcome == .resumed
            else { return nil }
            if words.count == 3, words[0] == "act", let number = Int(words[1]), number > 0,
                let time = Nanoseconds(words[2])
            {
                (self.number, self.time) = (number, time)
            } else if words.count == 2, let time = Nanoseconds(words[0]) {
                (number, self.time) = (0, time)
            } else {
                return nil
            }
            (self.file, self.outcome) = (file, outcome)
        }

        /// Of two at one moment the resume is the later one: nobody halts what he resumes then.
        var order: (Int, Nanoseconds, Int) { (number, time, outcome == .resumed ? 1 : 0) }
    }

    /// The last halt or resume. Names say where to begin; what is nobody's act, or lies under another's name, is passed
    /// over.
    func newest() throws -> (receipt: Receipt, file: String)? {
        let place = host.directory.receipts
        guard Paths.isDirectory(place) else { return nil }
        let names = try Paths.entries(place, isLenient: true).compactMap(Name.init).sorted { $0.order > $1.order }
        for name in names {
            guard let receipt = host.receipt(name.file), receipt.outcome == name.outcome,
                receipt.act ?? 0 == name.number, name.number > 0 || receipt.time == name.time
            else { continue }
            return (receipt, name.file)
        }
        return nil
    }

    /// The halt that no later resume has ended.
    func standing() throws -> Receipt? {
        guard let newest = try newest()?.receipt, newest.outcome == .halted else { return nil }
        return newest
    }

    /// Signs the next one.
    func write(_ receipt: Receipt) throws -> Receipt {
        let lock = try FileLock(HostActs.lockFile(host.directory))
        defer { withExtendedLifetime(lock) {} }
        var receipt = receipt
        let number = min((try newest()?.receipt.act ?? 0) + 1, DeploymentOrder.highestCounter)
        receipt.act = number
        let digits = String(number), padding = String(repeating: "0", count: max(0, 13 - digits.count))
        return try host.write(
            receipt, as: "act-\(padding)\(digits)-\(max(0, receipt.time))-\(receipt.outcome.rawValue).json")
    }

    /// Held while halts are written: whoever halts does not need the right to put bundles in force.
    static func lockFile(_ directory: DeploymentDirectory) -> String { "\(directory.installed)/.halts.lock" }
}
