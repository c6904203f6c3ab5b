import Basics
import Deployment
import Foundation
import ModelBundles

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

        /// Whether a receipt says what the name says.
        func isName(of receipt: Receipt) -> Bool {
            receipt.outcome == outcome && receipt.act ?? 0 == number && (number > 0 || receipt.time == time)
        }

        /// Of two at one moment the resume is the later one: nobody halts what he resumes then.
        var order: (Int, Nanoseconds, Int) { (number, time, outcome == .resumed ? 1 : 0) }
    }

    /// The last one first.
    private func names() throws -> [Name] {
        let place = host.directory.receipts
        guard Paths.isDirectory(place) else { return [] }
        return try Paths.entries(place, isLenient: true).compactMap(Name.init).sorted { $0.order > $1.order }
    }

    /// The last halt or resume. Names say where to begin; what is nobody's act, or lies under another's name, is passed
    /// over.
    ///
    /// A halt that this host signed by an earlier key stands as well, until this key resumes: of keys that are hosts'
    /// no more, nobody can tell whose they were, so the resume of one ends its own halts alone. Out of the reach of
    /// numbers they say nothing, as for the next number: no resume could be above them.
    func newest() throws -> (receipt: Receipt, file: String)? {
        let own = OwnReceipts(host), names = try names()
        var resumed: Set<String> = [], reach: Range<Int>?
        for name in names {
            guard let found = try own.found(name.file), name.isName(of: found.receipt), let id = found.host?.id else {
                continue
            }
            guard id != host.key.publicKey.id else { return (found.receipt, name.file) }
            let within = reach ?? self.reach(names)
            reach = within
            guard name.number < within.upperBound else { continue }
            if found.receipt.outcome == .resumed { resumed.insert(id) }
            if !resumed.contains(id) { return (found.receipt, name.file) }
        }
        return nil
    }

    /// The halt that no later resume has ended.
    func standing() throws -> Receipt? {
        guard let newest = try newest()?.receipt, newest.outcome == .halted else { return nil }
        return newest
    }

    /// One above the highest number that this host's key or one that a document names or named for a host has signed:
    /// where a key was replaced in the same place its numbers go on, also after a resume, so that whoever sorts by them
    /// sees what came last. What another key has signed is passed over from an order's longest step on: it would leave
    /// no number.
    private func nextNumber() throws -> Int {
        let names = try names(), own = OwnReceipts(host), reach = reach(names)
        // Documents that cannot be read keep nobody from halting.
        let other = names.first { name in
            reach.contains(name.number) && (try? own.anyHost(name.file)).flatMap { $0 }.map(name.isName) ?? false
        }
        return min((other?.number ?? (reach.lowerBound - 1)) + 1, DeploymentOrder.highestCounter)
    }

    /// Numbers above the last act of this host's own key that one of another key may have.
    ///
    /// - Parameter names: the last one first.
    private func reach(_ names: [Name]) -> Range<Int> {
        let key = host.key.publicKey
        let last =
            names.first { name in
                host.view.receipt(name.file, by: [key]).map { name.isName(of: $0.receipt) } ?? false
            }?.number ?? 0
        return (last + 1)..<last.saturatingPlus(DeploymentOrder.longestStep)
    }

    /// Signs the next one.
    func write(_ receipt: Receipt) throws -> Receipt {
        let lock = HaltLock.take(host.directory)
        defer { withExtendedLifetime(lock) {} }
        // A halt is not kept waiting by whoever holds the lock; trading goes on by a resume that nobody else overtook.
        if !lock.isHeld, receipt.outcome == .resumed {
            throw lock.isBlocked ? HaltLock.blocked(host.directory) : HaltLock.held(host.directory)
        }
        var receipt = receipt
        let number = try nextNumber()
        receipt.act = number
        let digits = String(number), padding = String(repeating: "0", count: max(0, 13 - digits.count))
        return try host.write(
            receipt, as: "act-\(padding)\(digits)-\(max(0, receipt.time))-\(receipt.outcome.rawValue).json")
    }
}

/// Held while halts are written: whoever halts does not need the right to put bundles in force. Nobody waits for it
/// longer than two seconds, and a lock file that another account made stops no halt.
struct HaltLock: ~Copyable {
    private let lock: FileLock?
    /// Whether this process has it.
    let isHeld: Bool
    /// Whether its file cannot be opened at all.
    let isBlocked: Bool

    private struct Taken: Error {}

    private init(_ lock: consuming FileLock?, isHeld: Bool, isBlocked: Bool = false) {
        self.lock = lock
        (self.isHeld, self.isBlocked) = (isHeld, isBlocked)
    }

    static func take(_ directory: DeploymentDirectory) -> HaltLock {
        for _ in 0..<20 {
            do {
                return HaltLock(
                    try FileLock(file(directory), isPrivate: true, onWait: { throw Taken() }), isHeld: true)
            } catch is Taken { usleep(100_000) } catch {
                return HaltLock(nil, isHeld: false, isBlocked: true)
            }
        }
        return HaltLock(nil, isHeld: false)
    }

    static func file(_ directory: DeploymentDirectory) -> String { "\(directory.installed)/.halts.lock" }

    static func held(_ directory: DeploymentDirectory) -> Failure {
        Failure(
            "runtime.locked", "found another process that writes halts in '\(directory.name)', so trading stays halted",
            hint: "see who holds the file: fuser -v \(file(directory)); end it, then resume again")
    }

    static func blocked(_ directory: DeploymentDirectory) -> Failure {
        Failure(
            "runtime.locked", "\(closed(directory)), so trading stays halted",
            hint: "\(away(directory)); then resume again")
    }

    /// What an operator should mend: a command that root ran by hand leaves a lock that nobody else may open.
    static func problem(_ directory: DeploymentDirectory) -> String? {
        let path = file(directory)
        guard EnvironmentLock.obstacle(path) != nil else { return nil }
        return "\(closed(directory)), so nobody can resume; \(away(directory))"
    }

    private static func closed(_ directory: DeploymentDirectory) -> String {
        EnvironmentLock.obstacle(file(directory)) ?? "found no way to take \(file(directory))"
    }

    private static func away(_ directory: DeploymentDirectory) -> String {
        let path = file(directory)
        return "move it away, as the account that made it: mv '\(path)' '\(path).aside'"
    }
}
