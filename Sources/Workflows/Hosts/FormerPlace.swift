import Basics
import Deployment
import ModelBundles
import Registry

/// A place of the record where no host of the environment works any more, as far as signed words tell: what lies there
/// is a copy of a host's things, or what a retired one left, and is in force nowhere.
struct FormerPlace: Sendable {
    /// Ids of the keys that signed there, and of the one that is laid out there, sorted.
    let keys: [String]
    /// Where the host has gone on, as the record calls it; nil where the newest document names none of its keys.
    let next: String?
    /// Whether a host's private key lies there all the same: of one that was halted, and taken out of the document.
    let isRetired: Bool
    /// Whether a host's private key lies there all the same: of one that has later acts on record at ``next``.
    private let isBehind: Bool
    /// Whether a promoter's word on record, and not a halt, says that nothing trades there any more.
    private let isLost: Bool

    /// - Parameters:
    ///   - receipts: of the place, all that count there.
    ///   - hosts: of the environment's documents.
    /// - Returns: nil where a host works, or where nobody can tell.
    init?(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ hosts: HostKeys, session: Session) throws {
        let isCopy = HostStanding.isGone(files.host.hostKey)
        let isHalted = receipts.halts.last.map { $0.to == nil } ?? false
        if !isCopy, let ahead = try MovedHost.ahead(of: files, receipts, hosts, session: session) {
            (keys, next, isRetired, isBehind, isLost) = ([ahead.key], ahead.place, false, true, false)
            return
        }
        isBehind = false
        guard isCopy || isHalted else { return nil }
        // A further place need not have got the document that ended it.
        let further = files.name.contains("/") ? try? EnvironmentFiles.made(files.host.name, session: session) : nil
        let place = further ?? files, hosts = further?.hosts() ?? hosts
        var last: [String: Nanoseconds] = [:]
        for receipt in receipts.proven {
            guard let signer = receipts.signer(of: receipt) else { continue }
            last[signer] = max(last[signer] ?? receipt.time, receipt.time)
        }
        if let own = files.hostID { last[own] = last[own] ?? .min }
        // A key that no document has named yet is a new host's.
        guard !last.isEmpty, last.keys.allSatisfy({ id in hosts.all.contains { $0.id == id } }) else { return nil }
        keys = last.keys.sorted()
        isRetired = !isCopy
        let named = hosts.present.filter { $0.revoked == nil && last[$0.id] != nil }.map(\.id)
        guard !named.isEmpty else {
            next = nil
            isLost = !isHalted
            // One that was taken out and has not been halted may trade on, here or elsewhere, by an older document.
            guard try isHalted || FormerPlace.isLost(receipts, place, session: session) else { return nil }
            return
        }
        guard isCopy else { return nil }
        isLost = false
        let places = try named.compactMap { id in
            try FormerPlace.place(of: id, after: last[id] ?? .min, files, hosts, session: session)
        }
        guard places.count == named.count, let first = places.first else { return nil }
        next = first
    }

    /// Whether the host that put something in force last is lost by a promoter's word.
    private static func isLost(_ receipts: EnvironmentReceipts, _ files: EnvironmentFiles, session: Session) throws
        -> Bool
    {
        let signed = receipts.proven.compactMap { receipt in receipts.signer(of: receipt).map { (receipt, $0) } }
        guard let last = LostHosts.last(signed) else { return false }
        return try LostHosts(files, session: session).contains(last.signer, signed)
    }

    /// The other place where a host's private key lies, or where the record has what it signed later.
    private static func place(
        of key: String, after time: Nanoseconds, _ files: EnvironmentFiles, _ hosts: HostKeys, session: Session
    ) throws -> String? {
        let registry = try session.registry()
        let names = Set(try session.environmentNames() + registry.environmentNames()).subtracting([files.name])
        return try names.sorted().first { name in
            if let other = try? EnvironmentFiles.made(name, session: session), other.host.name == files.host.name,
                !HostStanding.isGone(other.host.hostKey), other.hostID == key
            {
                return true
            }
            return try registry.deployments(environment: name).contains { record in
                guard record.time > time, let text = record.envelope,
                    let found = try? hosts.read(Array(text.utf8), in: "the registry")
                else { return false }
                return found.host?.id == key && found.receipt.environment == files.host.name
                    && found.receipt.time > time
            }
        }
    }

    /// What a check of the record tells: nothing of it is wrong.
    func note(_ environment: String) -> String {
        let host = "the host that worked in '\(environment)' (key \(keys.joined(separator: ", ")))"
        if let next {
            return
                "\(host) has gone on in '\(next)': what lies in '\(environment)' is a copy, and tells nothing of what "
                + "is in force"
        }
        return host + (isLost ? " is lost by a promoter's word, and" : " was halted, and")
            + " is in no document any more: what it may still run is told by its receipts alone"
    }

    /// An order for a halted host that no document names would be carried out, and none of its receipts would count;
    /// one for a copy would wait for nobody, under a number that the host counts elsewhere.
    ///
    /// - Parameter command: what was asked for, with `PLACE` where its environment stands.
    /// - Throws: ``Failure`` with code `promote.host-key`.
    func requireAnswering(_ files: EnvironmentFiles, _ command: String) throws {
        if let next, isBehind {
            let isThere = Paths.exists("\(next)/runtime.json") || !next.contains("/")
            let back = "mv \(Inbox.word(files.host.directory)) \(Inbox.word(next))"
            throw Failure(
                "promote.host-key",
                "found an older copy in '\(files.name)' of the host (key \(keys.joined(separator: ", "))) that has "
                    + "gone on in '\(next)': it would sign other acts under numbers that are taken; nothing was signed",
                hint: (isThere ? "" : "where this is what is left of it, let it lie there again: \(back); then ")
                    + "do it where the host works: \(command.replacing("PLACE", with: Inbox.word(next)))",
                exitStatus: .refused)
        }
        if let next {
            throw Failure(
                "promote.host-key",
                "found a copy in '\(files.name)', whose host (key \(keys.joined(separator: ", "))) has gone on in "
                    + "'\(next)': no host here would answer; nothing was signed",
                hint: "do it where the host works: \(command.replacing("PLACE", with: Inbox.word(next)))",
                exitStatus: .refused)
        }
        guard isRetired else { return }
        throw Failure(
            "promote.host-key",
            "found the host of '\(files.name)' halted, and its key (\(keys.joined(separator: ", "))) in no document "
                + "any more: none of its receipts would count; nothing was signed",
            hint: "where it is to trade again, name its key in environment.yaml with the role "
                + "\(EnvironmentAuthority.Role.host), then: hftml environments sign \(files.host.name) --as KEY",
            exitStatus: .refused)
    }
}
