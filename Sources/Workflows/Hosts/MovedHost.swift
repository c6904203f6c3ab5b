import Basics
import Deployment
import ModelBundles
import Registry

/// A host that was moved with its directory, by what it signed: what it signs is one line of numbers, wherever it
/// works. A private key of a host does not travel, so where it lies now the host does.
enum MovedHost {
    /// What a host signed, with the id of its key.
    private typealias Said = (receipt: Receipt, signer: String)

    /// Where the host has gone on that worked in a place whose directory is not here, as the record calls it.
    ///
    /// - Returns: nil where the directory is here, and where nobody can tell.
    static func next(of place: String, session: Session) throws -> String? {
        guard !Paths.exists(session.environmentPath(place)) else { return nil }
        let registry = try session.registry()
        let texts = try registry.deployments(environment: place).compactMap(\.envelope)
        guard !texts.isEmpty else { return nil }
        let others = try keys(besides: place, session: session)
        let environments = Set(
            texts.compactMap { try? Receipt.read(Array($0.utf8), hosts: [], in: place) }.map {
                $0.receipt.environment
            })
        // A text of another name that no host signed is the word of whoever writes the registry.
        let signed = environments.sorted().compactMap { name -> (name: String, hosts: HostKeys?, said: [Said])? in
            let hosts = (try? EnvironmentFiles.made(name, session: session)).flatMap { $0 }?.hosts()
            let lying = others.filter { $0.files.host.name == name }.map(\.key)
            let said = texts.compactMap { text -> Said? in
                let bytes = Array(text.utf8)
                let found = try? hosts?.read(bytes, in: place) ?? Receipt.read(bytes, hosts: lying, in: place)
                guard let found, found.receipt.environment == name else { return nil }
                return found.host.map { (found.receipt, $0.id) }
            }
            return said.isEmpty ? nil : (name, hosts, said)
        }
        guard signed.count == 1, let (environment, hosts, said) = signed.first, let last = LostHosts.last(said) else {
            return nil
        }
        let lying = others.filter { $0.files.host.name == environment }
        let named = Set((hosts?.present ?? []).filter { $0.revoked == nil }.map(\.id))
        var found: String?
        for id in Set(said.map(\.signer)).filter({ named.contains($0) || $0 == last.signer }).sorted() {
            let own = said.filter { $0.signer == id }
            let there = lying.first { $0.key.id == id && isAhead($0.files.host, of: own) }?.files.name
            guard let next = try there ?? hosts.flatMap({ try later(own, id, place, environment, $0, session) }) else {
                return nil
            }
            if id == last.signer { found = next }
        }
        return found
    }

    /// Places where the host worked before that lies here now, as the record calls them, sorted.
    static func before(_ files: EnvironmentFiles, session: Session) throws -> [String] {
        guard let own = files.hostID else { return [] }
        let registry = try session.registry()
        return try registry.environmentNames().filter { name in
            guard name != files.name,
                try registry.deployments(environment: name).contains(where: { $0.envelope?.contains(own) == true })
            else { return false }
            if let next = try next(of: name, session: session) { return next == files.name }
            guard let other = (try? EnvironmentFiles.made(name, session: session)).flatMap({ $0 }),
                other.name != files.name, other.host.name == files.host.name
            else { return false }
            return (try? EnvironmentReceipts(other, session: session))?.former?.next == files.name
        }
    }

    /// Where the host whose private key lies here has gone on: the record has later numbers of that key elsewhere, so
    /// what lies here is an older copy of it.
    ///
    /// - Parameters:
    ///   - receipts: of the place, all that count there.
    ///   - hosts: of the environment's documents.
    /// - Returns: nil where the host has all of them, and where nobody can tell.
    static func ahead(
        of files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ hosts: HostKeys, session: Session
    ) throws -> (key: String, place: String)? {
        let registry = try session.registry()
        guard try registry.environmentNames().contains(where: { $0 != files.name }),
            let own = (try? SigningKey.read(files.host.hostKey))?.publicKey.id,
            hosts.present.contains(where: { $0.id == own && $0.revoked == nil }), let reach = reach(files.host)
        else { return nil }
        let known = receipts.inForce.filter { receipts.signer(of: $0) == own }
        let highest = max(reach, known.compactMap(\.counter).max() ?? 0)
        let newest = try registry.deployments().filter { record in
            record.isInForce && record.environment != files.name && record.counter ?? 0 >= highest
        }.compactMap { record -> (place: String, receipt: Receipt)? in
            guard let text = record.envelope, let found = try? hosts.read(Array(text.utf8), in: "the registry"),
                found.host?.id == own, found.receipt.environment == files.host.name,
                // By the receipt: a row says what whoever writes the registry likes.
                found.receipt.outcome == .installed || found.receipt.outcome == .rolledBack
            else { return nil }
            return (record.environment, found.receipt)
        }.max { ($0.receipt.counter ?? 0, $0.receipt.time) < ($1.receipt.counter ?? 0, $1.receipt.time) }
        guard let newest, let number = newest.receipt.counter, number >= highest else { return nil }
        if number == highest {
            // The very act, or another under its number: who signed last has gone on.
            guard let same = known.filter({ $0.counter == number }).max(by: { $0.time < $1.time }),
                !known.contains(where: { $0.bundle == newest.receipt.bundle && $0.counter == number }),
                same.time < newest.receipt.time
            else { return nil }
        }
        return (own, newest.place)
    }

    /// Hosts whose private keys can be read here, at other places than one.
    private static func keys(besides place: String, session: Session) throws
        -> [(files: EnvironmentFiles, key: PublicKey)]
    {
        let names = Set(try session.environmentNames() + session.registry().environmentNames()).subtracting([place])
        return names.sorted().compactMap { name in
            guard let files = (try? EnvironmentFiles.made(name, session: session)).flatMap({ $0 }),
                let key = try? SigningKey.read(files.host.hostKey).publicKey
            else { return nil }
            return (files, key)
        }
    }

    /// Whether a host has what it signed at another place: else it may be a copy that was made before.
    private static func isAhead(_ host: DeploymentDirectory, of said: [Said]) -> Bool {
        let last =
            said.filter { $0.receipt.outcome == .installed || $0.receipt.outcome == .rolledBack }
            .compactMap(\.receipt.counter).max() ?? 0
        return reach(host).map { $0 >= last } ?? false
    }

    /// The highest number that a host has had in force, as its own files say; nil where they cannot be read here.
    private static func reach(_ host: DeploymentDirectory) -> Int? {
        if HostStanding.isGone(host.installed) { return 0 }
        guard Paths.isDirectory(host.installed) else { return nil }
        var numbers = [0]
        if !HostStanding.isGone(host.stateFile) {
            guard let bytes = try? SmallFile.bytes(host.stateFile, most: 1 << 26),
                let node = try? JSONParser.parse(bytes, file: host.stateFile), let memory = try? RevisionHistory(node)
            else { return nil }
            numbers.append(memory.lastCounter)
        }
        if !HostStanding.isGone(host.history) {
            guard let names = try? Paths.entries(host.history) else { return nil }
            numbers += names.filter { $0.hasSuffix(".hftbundle") }.compactMap {
                Int($0.dropLast(".hftbundle".count))
            }
        }
        return numbers.max()
    }

    /// The place of the record where a host signed last, and later than all that it signed at one.
    private static func later(
        _ said: [Said], _ id: String, _ place: String, _ environment: String, _ hosts: HostKeys, _ session: Session
    ) throws -> String? {
        let time = said.map(\.receipt.time).max() ?? .min, number = said.compactMap(\.receipt.counter).max() ?? 0
        return try session.registry().deployments().filter { $0.environment != place && $0.time > time }
            .compactMap { record -> (place: String, receipt: Receipt)? in
                guard let text = record.envelope, let found = try? hosts.read(Array(text.utf8), in: "the registry"),
                    found.host?.id == id, found.receipt.environment == environment, found.receipt.time > time,
                    // Of two copies that work, the one that is behind tells nothing of the other.
                    found.receipt.counter ?? 0 >= number
                else { return nil }
                return (record.environment, found.receipt)
            }.max { ($0.receipt.counter ?? 0, $0.receipt.time) < ($1.receipt.counter ?? 0, $1.receipt.time) }?.place
    }
}
