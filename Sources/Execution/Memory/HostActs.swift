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

    /// The last halt or resume. Names say where to begin; what is nobody's act, or lies under another's name, is passed
    /// over.
    ///
    /// A halt that this host signed by an earlier key stands as well, until this key resumes: of keys that are hosts'
    /// no more, nobody can tell whose they were, so the resume of one ends its own halts alone.
    func newest() throws -> (receipt: Receipt, file: String)? {
        let place = host.directory.receipts
        guard Paths.isDirectory(place) else { return nil }
        let names = try Paths.entries(place, isLenient: true).compactMap(Name.init).sorted { $0.order > $1.order }
        var former: [PublicKey]?, resumed: Set<String> = []
        for name in names {
            if let found = host.found(name.file, by: [host.key.publicKey]), name.isName(of: found.receipt) {
                return (found.receipt, name.file)
            }
            let keys = try former ?? formerKeys()
            former = keys
            guard let found = host.found(name.file, by: keys), name.isName(of: found.receipt), let id = found.host?.id
            else { continue }
            if found.receipt.outcome == .resumed { resumed.insert(id) }
            if !resumed.contains(id) { return (found.receipt, name.file) }
        }
        return nil
    }

    /// Keys that an accepted document named for a host, and the newest does not.
    private func formerKeys() throws -> [PublicKey] {
        guard let newest = try host.view.accepted().newest else { return [] }
        let role = EnvironmentAuthority.Role.host, present = newest.authority.keys.filter { $0.roles.contains(role) }
        return DocumentTrail.once(try host.view.trail(newest).documents) { $0.roles.contains(role) }.map(\.key).filter {
            key in key.id != host.key.publicKey.id && !present.contains { $0.id == key.id }
        }
    }

    /// The halt that no later resume has ended.
    func standing() throws -> Receipt? {
        guard let newest = try newest()?.receipt, newest.outcome == .halted else { return nil }
        return newest
    }

    /// Signs the next one.
    func write(_ receipt: Receipt) throws -> Receipt {
        let lock = try HaltLock.take(host.directory)
        defer { withExtendedLifetime(lock) {} }
        // A halt is not kept waiting by whoever holds the lock; trading goes on by a resume that nobody else overtook.
        if !lock.isHeld, receipt.outcome == .resumed { throw HaltLock.held(host.directory) }
        var receipt = receipt
        let number = min((try newest()?.receipt.act ?? 0) + 1, DeploymentOrder.highestCounter)
        receipt.act = number
        let digits = String(number), padding = String(repeating: "0", count: max(0, 13 - digits.count))
        return try host.write(
            receipt, as: "act-\(padding)\(digits)-\(max(0, receipt.time))-\(receipt.outcome.rawValue).json")
    }
}

/// Held while halts are written: whoever halts does not need the right to put bundles in force. Nobody waits for it
/// longer than two seconds.
struct HaltLock: ~Copyable {
    private let lock: FileLock?
    /// Whether this process has it.
    let isHeld: Bool

    private struct Taken: Error {}

    private init(_ lock: consuming FileLock?, isHeld: Bool) {
        self.lock = lock
        self.isHeld = isHeld
    }

    /// - Throws: ``FileError``.
    static func take(_ directory: DeploymentDirectory) throws -> HaltLock {
        for _ in 0..<20 {
            do {
                return HaltLock(
                    try FileLock(file(directory), isPrivate: true, onWait: { throw Taken() }), isHeld: true)
            } catch is Taken { usleep(100_000) }
        }
        return HaltLock(nil, isHeld: false)
    }

    static func file(_ directory: DeploymentDirectory) -> String { "\(directory.installed)/.halts.lock" }

    static func held(_ directory: DeploymentDirectory) -> Failure {
        Failure(
            "runtime.locked", "found another process that writes halts in '\(directory.name)', so trading stays halted",
            hint: "see who holds the file: fuser -v \(file(directory)); end it, then resume again")
    }
}
